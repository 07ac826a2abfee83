# The commands from outside, and ./dev with stand-ins for the tools it calls.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME dev_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/tools/dev_test.py)
  set_tests_properties(dev_test PROPERTIES LABELS e2e)
  if(TARGET lmp)
    foreach(name cli_test docs_test repl_test listen_test help_test load_progress_test random_programs_test)
      add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/cli/${name}.py
        --lmp $<TARGET_FILE:lmp>)
      set_tests_properties(${name} PROPERTIES LABELS e2e)
    endforeach()
  endif()
endif()
