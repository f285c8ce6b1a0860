# A program of vectors ends green without having run any only where it says that it was skipped, and
# it never says so where something failed: ctest would believe it.
set(skip_word "SKIPPED: no vectors at")

# Runs the program of `family` with ASHLAR_VECTORS; `ends`: green or red; `says`: what it prints.
function(expect family vectors ends says)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=ASHLAR_FILTER ASHLAR_VECTORS=${vectors} ${${family}}
    RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(code EQUAL 0)
    set(ended green)
  else()
    set(ended red)
  endif()
  string(FIND "${out}" "${says}" at)
  string(FIND "${out}" "${skip_word}" skipped_at)
  if(NOT ended STREQUAL ends OR at EQUAL -1 OR (ended STREQUAL red AND NOT skipped_at EQUAL -1))
    message(FATAL_ERROR "${family} on ${vectors}: ${ended}, expected ${ends} with '${says}':\n${out}")
  endif()
endfunction()

file(REMOVE_RECURSE ${scratch})
file(MAKE_DIRECTORY ${scratch}/empty ${scratch}/other/elsewhere ${scratch}/hollow/rlp_tests
     ${scratch}/hollow/transaction_tests ${scratch}/hollow/state_tests ${scratch}/rlp/rlp_tests
     ${scratch}/txn/transaction_tests ${scratch}/wrong/rlp_tests)
set(dog [=[{"dog": {"in": "dog", "out": "0x83646f67"}}]=])
file(WRITE ${scratch}/rlp/rlp_tests/dog.json "${dog}")
string(REPLACE 67 68 cat "${dog}")
file(WRITE ${scratch}/wrong/rlp_tests/dog.json "${cat}")

foreach(family rlp txn state stf)
  # A folder that was named and has no family at all is a slip of whoever named it.
  expect(${family} ${scratch}/empty red "has no folder")
  expect(${family} ${scratch}/other red "has no folder")
  expect(${family} ${scratch}/nowhere red "has no folder")
  # A family without a single vector is no pass.
  expect(${family} ${scratch}/hollow red "test cases: 1 | 1 failed")
endforeach()
foreach(family txn state stf)
  expect(${family} ${scratch}/rlp green "${skip_word}")
endforeach()
expect(rlp ${scratch}/txn green "${skip_word}")
expect(rlp ${scratch}/rlp green "1 encoded")
# A wrong vector of the one family, and none of the others.
expect(rlp ${scratch}/wrong red "test cases: 1 | 1 failed")
