# Labels: kernels. Every test runs for each implementation that this machine can run.
foreach(test thread_pool registry weights matmul rows kv_write attention step_plan logits)
  lmp_test(kernels_${test}_test LABELS kernels SOURCES kernels/${test}_test.cc DEPS lmp_kernels)
endforeach()
