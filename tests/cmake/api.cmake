if(TARGET lmp_api)
  lmp_test(api_engine_test LABELS unit SOURCES unit/api_engine_test.cc unit/api_host_test.cc unit/api_calls_test.cc unit/api_context_test.cc unit/api_elsewhere_test.cc unit/api_pieces_test.cc DEPS lmp_api lmp_model)
  lmp_test(api_explain_error_test LABELS unit SOURCES unit/api_explain_error_test.cc DEPS lmp_api lmp_frontend)
  lmp_test(api_closed_objects_test LABELS unit SOURCES unit/api_closed_objects_test.cc DEPS lmp_api)
  lmp_test(speculation_programs_test LABELS unit SOURCES unit/speculation_programs_test.cc DEPS lmp_api)
  lmp_test(naive_bench_test LABELS unit SOURCES unit/naive_bench_test.cc DEPS lmp_api lmp_model)
  if(LMP_CRYPTO)
    lmp_test(api_record_test LABELS unit SOURCES unit/api_record_test.cc DEPS lmp_api lmp_model)
  endif()
  lmp_test(api_trace_test LABELS unit SOURCES unit/api_trace_test.cc DEPS lmp_api lmp_exec lmp_model)
  lmp_test(api_tool_cache_test LABELS unit SOURCES unit/api_tool_cache_test.cc DEPS lmp_api lmp_exec lmp_ir)
  if(LMP_NET)
    lmp_test(api_http_test LABELS unit SOURCES unit/api_http_test.cc DEPS lmp_api lmp_model lmp_scripted_server)
  endif()
  if(LMP_RAG)
    lmp_test(api_retrieve_test LABELS unit SOURCES unit/api_retrieve_test.cc DEPS lmp_api lmp_model lmp_rag)
  endif()
endif()
if(TARGET lmp_c)
  lmp_test(api_c_test LABELS unit SOURCES unit/api_c_test.cc DEPS lmp_c lmp_model)
endif()
find_package(Python3 COMPONENTS Interpreter)
if(TARGET lmp_python AND TARGET lmp AND NOT LMP_SANITIZE)
  add_test(NAME python_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/e2e/python_test.py
    --package ${CMAKE_BINARY_DIR}/python --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(python_test PROPERTIES LABELS e2e)
endif()
if(TARGET lmp_python AND TARGET lmp AND LMP_SANITIZE STREQUAL "thread")
  # The interpreter is not instrumented: what is seen are LMP's threads, the module's and what they share.
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libtsan.so
    OUTPUT_VARIABLE tsan_library OUTPUT_STRIP_TRAILING_WHITESPACE)
  # The interpreter itself: a script that starts it would be preloaded, too.
  execute_process(COMMAND ${Python3_EXECUTABLE} -c "import sys; print(sys.executable)"
    OUTPUT_VARIABLE python_itself OUTPUT_STRIP_TRAILING_WHITESPACE)
  add_test(NAME python_test COMMAND ${python_itself} -B ${PROJECT_SOURCE_DIR}/tests/e2e/python_test.py
    --package ${CMAKE_BINARY_DIR}/python --lmp $<TARGET_FILE:lmp> --calls 10000)
  set_tests_properties(python_test PROPERTIES LABELS unit ENVIRONMENT
    "LD_PRELOAD=${tsan_library};TSAN_OPTIONS=report_signal_unsafe=0:suppressions=${CMAKE_CURRENT_SOURCE_DIR}/tools/tsan.supp")
endif()
if(TARGET lmp_shared AND TARGET lmp AND Python3_FOUND AND NOT LMP_SANITIZE)
  add_test(NAME embed_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/e2e/embed_test.py
    --build ${CMAKE_BINARY_DIR})
  set_tests_properties(embed_test PROPERTIES LABELS e2e)
endif()
