# cmake -D ASHLAR=PROGRAM -P demo_test.cmake
cmake_minimum_required(VERSION 3.25)

function(expect what expected got)
  if(NOT expected STREQUAL got)
    message(FATAL_ERROR "demo: ${what}: expected ${expected}, got ${got}\n${progress}${out}")
  endif()
endfunction()

# expect_json(EXPECTED MEMBER...): a value of the object, booleans as ON and OFF.
function(expect_json expected)
  string(JSON got ERROR_VARIABLE problem GET "${out}" ${ARGN})
  if(problem)
    message(FATAL_ERROR "demo: ${problem}\n${progress}${out}")
  endif()
  expect("${ARGN}" "${expected}" "${got}")
endfunction()

# When the demo runs to its end.
execute_process(COMMAND ${ASHLAR} demo --commit-only --json
  OUTPUT_VARIABLE out ERROR_VARIABLE progress RESULT_VARIABLE code TIMEOUT 500)

# Then it says so to a shell and to a machine, on one line.
expect("exit code" 0 "${code}")
string(REGEX MATCHALL "\n" lines "${out}")
list(LENGTH lines line_count)
expect("lines on standard output" 1 ${line_count})
expect_json(ON ok)

# Every check has a name and holds.
string(JSON checks LENGTH "${out}" checks)
if(checks LESS 30)
  message(FATAL_ERROR "demo: only ${checks} checks\n${out}")
endif()
math(EXPR last "${checks} - 1")
foreach(i RANGE ${last})
  expect_json(ON checks ${i} ok)
endforeach()

# The state that L1 alone gives is the sequencer's, and no empty one.
string(JSON root GET "${out}" state_root sequencer)
expect_json("${root}" state_root restored)
if(NOT root MATCHES "^0x[0-9a-f]+$" OR root MATCHES "^0x0+$")
  message(FATAL_ERROR "demo: ${root} is no root")
endif()

# The vault's books balance, to the wei, with what was withdrawn and not paid out yet.
if(NOT out MATCHES "balance sheet of ETH.*500000000000000000 pending" OR
   NOT out MATCHES "balance sheet of GLD.*34000000000000000000 pending")
  message(FATAL_ERROR "demo: no balance sheet\n${out}")
endif()

# Three batches and more, each committed and none further: there is no verifier.
string(JSON batches LENGTH "${out}" batches)
if(batches LESS 3)
  message(FATAL_ERROR "demo: only ${batches} batches\n${out}")
endif()
math(EXPR last "${batches} - 1")
set(transactions 0)
foreach(i RANGE ${last})
  math(EXPR number "${i} + 1")
  expect_json(${number} batches ${i} number)
  expect_json(committed batches ${i} stage)
  expect_json(0 batches ${i} l1_gas prove)
  expect_json(0 batches ${i} l1_gas execute)
  string(JSON gas GET "${out}" batches ${i} l1_gas commit)
  if(gas LESS 21000)
    message(FATAL_ERROR "demo: batch ${number} was committed for ${gas} gas")
  endif()
  string(JSON txns GET "${out}" batches ${i} transactions)
  math(EXPR transactions "${transactions} + ${txns}")
endforeach()
if(transactions LESS 600)
  message(FATAL_ERROR "demo: only ${transactions} transactions in all batches")
endif()
foreach(percentile p50 p99)
  string(JSON ms GET "${out}" soft_confirmation_ms ${percentile})
  if(NOT ms GREATER 0)
    message(FATAL_ERROR "demo: ${percentile} of soft confirmation is ${ms} ms")
  endif()
endforeach()
