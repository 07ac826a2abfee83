# The example programs on the demo model.
find_package(Python3 COMPONENTS Interpreter)
if(TARGET lmp AND Python3_FOUND)
  add_test(NAME examples_test COMMAND ${Python3_EXECUTABLE} -B
    ${PROJECT_SOURCE_DIR}/tests/e2e/examples_test.py --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(examples_test PROPERTIES LABELS e2e)
endif()
