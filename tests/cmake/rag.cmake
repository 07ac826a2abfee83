if(LMP_RAG)
  find_path(SQLITE3_INCLUDE_DIR sqlite3.h REQUIRED)
  find_library(SQLITE3_LIBRARY sqlite3 REQUIRED)
  lmp_test(rag_test LABELS unit DEPS lmp_rag lmp_text ${SQLITE3_LIBRARY}
    SOURCES unit/rag_chunker_test.cc unit/rag_words_test.cc unit/rag_corpus_test.cc
            unit/rag_remove_test.cc unit/rag_vectors_test.cc unit/rag_recall_test.cc)
  target_include_directories(rag_test SYSTEM PRIVATE ${SQLITE3_INCLUDE_DIR})
  # hnswlib locks points in the order it meets them. They are added by one thread
  # (runtime/rag/vector_index.h), so no two orders meet; the reports have no names to suppress.
  if(LMP_SANITIZE MATCHES "thread")
    set_tests_properties(rag_test PROPERTIES ENVIRONMENT "TSAN_OPTIONS=detect_deadlocks=0")
  endif()
  lmp_fuzz(rag_chunker SOURCES fuzz/rag_chunker.cc DEPS lmp_rag)
  lmp_fuzz(rag_query SOURCES fuzz/rag_query.cc DEPS lmp_rag ${SQLITE3_LIBRARY})
  target_include_directories(fuzz_rag_query SYSTEM PRIVATE ${SQLITE3_INCLUDE_DIR})
endif()
# The commands from outside, and those of docs/RAG.md.
find_package(Python3 COMPONENTS Interpreter)
if(TARGET lmp AND LMP_RAG AND Python3_FOUND)
  add_test(NAME corpus_cli_test COMMAND ${Python3_EXECUTABLE} -B
    ${PROJECT_SOURCE_DIR}/tests/cli/corpus_test.py --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(corpus_cli_test PROPERTIES LABELS e2e)
endif()
