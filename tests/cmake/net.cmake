if(LMP_NET)
  find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
  add_library(lmp_scripted_server STATIC support/scripted_server.cc)
  target_link_libraries(lmp_scripted_server PUBLIC lmp_options PRIVATE lmp_base OpenSSL::SSL OpenSSL::Crypto)
  lmp_test(net_test LABELS unit DEPS lmp_net lmp_scripted_server
    SOURCES unit/net_url_test.cc unit/net_http_test.cc unit/net_tls_test.cc unit/net_download_test.cc)
endif()
# `lmp pull`, and programs that ask servers, from outside.
find_package(Python3 COMPONENTS Interpreter)
if(TARGET lmp AND LMP_NET AND Python3_FOUND)
  add_test(NAME pull_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/cli/pull_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(pull_test PROPERTIES LABELS e2e)
  add_test(NAME serve_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/serve_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(serve_test PROPERTIES LABELS e2e)
  add_test(NAME serve_http_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/serve_http_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(serve_http_test PROPERTIES LABELS e2e)
  add_test(NAME serve_end_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/serve_end_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(serve_end_test PROPERTIES LABELS e2e)
  add_test(NAME openai_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/openai_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(openai_test PROPERTIES LABELS e2e)
  add_test(NAME openai_shapes_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/openai_shapes_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(openai_shapes_test PROPERTIES LABELS e2e)
  add_test(NAME openai_streams_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/openai_streams_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(openai_streams_test PROPERTIES LABELS e2e)
  add_test(NAME openai_tools_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/openai_tools_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(openai_tools_test PROPERTIES LABELS e2e)
  add_test(NAME clients_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/clients_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(clients_test PROPERTIES LABELS e2e)
  add_test(NAME answer_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/answer_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(answer_test PROPERTIES LABELS e2e)
  add_test(NAME playground_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/playground_test.py
    --lmp $<TARGET_FILE:lmp>)
  add_test(NAME page_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/page_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(playground_test page_test PROPERTIES LABELS e2e)
  add_test(NAME serve_facts_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/serve_facts_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(serve_facts_test PROPERTIES LABELS e2e)
  add_test(NAME keys_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/keys_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(keys_test PROPERTIES LABELS e2e)
  add_test(NAME turns_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/turns_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(turns_test PROPERTIES LABELS e2e)
  add_test(NAME server_tokens_test COMMAND ${Python3_EXECUTABLE} -B -W ignore ${PROJECT_SOURCE_DIR}/tests/cli/server_tokens_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(server_tokens_test PROPERTIES LABELS e2e)
  add_test(NAME servers_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/cli/servers_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(servers_test PROPERTIES LABELS e2e)
  # Every kind of client at once for some seconds; ./dev check --full has minutes of it.
  add_test(NAME soak_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/soak/soak.py
    --lmp $<TARGET_FILE:lmp> --seconds 8 --clients 8 --patience 5)
  set_tests_properties(soak_test PROPERTIES LABELS e2e)
endif()
if(TARGET lmp_server)
  lmp_test(server_test LABELS unit DEPS lmp_server SOURCES unit/server_recent_test.cc unit/server_tenants_test.cc unit/server_turn_queue_test.cc)
  lmp_fuzz(openai_request SOURCES fuzz/openai_request.cc DEPS lmp_server)
endif()
