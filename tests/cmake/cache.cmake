lmp_test(cache_unit_test LABELS unit DEPS lmp_cache
  SOURCES unit/cache_eviction_test.cc unit/cache_structures_test.cc unit/cache_prefix_test.cc
          unit/cache_hostile_test.cc)
lmp_test(cache_model_test LABELS model DEPS lmp_cache
  SOURCES model/prefix_cache_test.cc model/prefix_cache_exhaustive_test.cc
          model/prefix_cache_script.cc model/page_pool_test.cc)
