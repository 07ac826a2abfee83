if(LMP_CRYPTO)
  lmp_test(chunk_unit_test LABELS unit DEPS lmp_cache
    SOURCES unit/chunk_object_test.cc unit/chunk_store_test.cc)
  lmp_fuzz(chunk_record SOURCES fuzz/chunk_record.cc DEPS lmp_cache)
endif()
if(LMP_STORE)
  find_path(ROCKSDB_INCLUDE_DIR rocksdb/db.h REQUIRED)
  add_executable(store_child support/store_child.cc)
  target_link_libraries(store_child PRIVATE lmp_options lmp_store)
  foreach(name rocksdb damage)
    lmp_test(store_${name}_test LABELS unit DEPS lmp_store ${ROCKSDB_LIBRARY}
      SOURCES unit/store_${name}_test.cc support/fault_env.cc)
    target_include_directories(store_${name}_test SYSTEM PRIVATE ${ROCKSDB_INCLUDE_DIR})
    target_compile_definitions(store_${name}_test
      PRIVATE LMP_STORE_CHILD="$<TARGET_FILE:store_child>")
    add_dependencies(store_${name}_test store_child)
  endforeach()
endif()
