# cmake -D ASHLAR=PROGRAM -P demo_escape_test.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/demo_checks.cmake)

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

# Those are among them that say that the users got out.
expect_checks("demo --escape" "${out}"
  "every operation of the queue is executed" "what nobody had proved is replaced"
  "the withdrawal is paid out" "ether that was on L2 is paid out")
