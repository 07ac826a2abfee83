# Golden files through the command line. Each file names its own command.
find_package(Python3 COMPONENTS Interpreter)
if(TARGET lmp AND Python3_FOUND)
  add_test(NAME golden COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/tools/golden.py
    --lmp $<TARGET_FILE:lmp> ${PROJECT_SOURCE_DIR}/tests/lang ${PROJECT_SOURCE_DIR}/tests/ir
    ${PROJECT_SOURCE_DIR}/tests/plan)
  set_tests_properties(golden PROPERTIES LABELS golden)
endif()
