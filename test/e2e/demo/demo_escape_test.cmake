# cmake -D ASHLAR=PROGRAM -P demo_escape_test.cmake
cmake_minimum_required(VERSION 3.25)

if(NOT DEFINED ENV{ASHLAR_FULL})
  message("SKIPPED: minutes of proofs at secure parameters; ./dev test --full makes them")
  return()
endif()

execute_process(COMMAND ${ASHLAR} demo --escape --json
  OUTPUT_VARIABLE out ERROR_VARIABLE progress RESULT_VARIABLE code TIMEOUT 2950)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "demo --escape: exit code ${code}\n${progress}${out}")
endif()
string(JSON ok GET "${out}" ok)
if(NOT ok)
  message(FATAL_ERROR "demo --escape: ok is ${ok}\n${progress}${out}")
endif()

# Every check holds, and those are among them that say that the users got out.
string(JSON checks LENGTH "${out}" checks)
math(EXPR last "${checks} - 1")
set(names "")
foreach(i RANGE ${last})
  string(JSON name GET "${out}" checks ${i} name)
  string(JSON held GET "${out}" checks ${i} ok)
  if(NOT held)
    message(FATAL_ERROR "demo --escape: does not hold: ${name}\n${out}")
  endif()
  string(APPEND names "${name}\n")
endforeach()
foreach(name "every operation of the queue is executed" "what nobody had proved is replaced"
             "the withdrawal is paid out" "ether that was on L2 is paid out")
  if(NOT names MATCHES "${name}")
    message(FATAL_ERROR "demo --escape: no such check: ${name}\n${out}")
  endif()
endforeach()
