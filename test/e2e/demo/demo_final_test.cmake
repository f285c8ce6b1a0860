# cmake -D ASHLAR=PROGRAM -P demo_final_test.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/demo_checks.cmake)

if(NOT DEFINED ENV{ASHLAR_FULL})
  message("SKIPPED: minutes of proofs at secure parameters; ./dev test --full makes them")
  return()
endif()

execute_process(COMMAND ${ASHLAR} demo --json
  OUTPUT_VARIABLE out ERROR_VARIABLE progress RESULT_VARIABLE code TIMEOUT 1750)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "demo: exit code ${code}\n${progress}${out}")
endif()
string(JSON ok GET "${out}" ok)
string(JSON batches LENGTH "${out}" batches)
if(NOT ok OR batches LESS 3)
  message(FATAL_ERROR "demo: ok is ${ok}, ${batches} batches\n${progress}${out}")
endif()

# Every batch is executed, and what it took on L1 is told.
math(EXPR last "${batches} - 1")
foreach(i RANGE ${last})
  string(JSON stage GET "${out}" batches ${i} stage)
  if(NOT stage STREQUAL "executed")
    message(FATAL_ERROR "demo: stage ${stage}\n${out}")
  endif()
  foreach(step commit prove execute)
    string(JSON gas GET "${out}" batches ${i} l1_gas ${step})
    if(gas LESS 10000)
      message(FATAL_ERROR "demo: ${gas} gas to ${step}\n${out}")
    endif()
  endforeach()
endforeach()

# All proofs together were verified for no more gas than may be.
set(gas_max 15000000)
string(REGEX MATCH "([0-9]+) L1 gas to verify" found "${out}")
set(gas "${CMAKE_MATCH_1}")
if(NOT gas OR gas LESS 1000000 OR gas GREATER gas_max)
  message(FATAL_ERROR "demo: '${gas}' gas to verify the proofs, ${gas_max} are allowed\n${out}")
endif()

# What was withdrawn is paid out, and the books balance.
expect_checks("demo" "${out}"
  "every batch is proved and executed on L1" "each precompile visited answers"
  "a withdrawal of ether is paid out" "a withdrawal of a token is paid out"
  "balance sheet of ETH" "balance sheet of GLD")
