# Labels: kernels. Every test runs for each implementation that this machine can run.
foreach(test thread_pool registry weights matmul rows kv_write attention step_plan logits)
  lmp_test(kernels_${test}_test LABELS kernels SOURCES kernels/${test}_test.cc DEPS lmp_kernels)
endforeach()

# The kernels of kernels/cuda, run on the CPU: their own tests, and those of every implementation.
add_library(lmp_cuda_emulation STATIC cuda_emulation/cuda_emulation.cc cuda_emulation/emulated_ops.cc)
target_link_libraries(lmp_cuda_emulation PUBLIC lmp_kernels)
target_compile_options(lmp_cuda_emulation PRIVATE -O2)
lmp_test(cuda_emulation_test LABELS kernels SOURCES cuda_emulation/cuda_emulation_test.cc DEPS lmp_cuda_emulation)
lmp_test(cuda_kernels_test LABELS kernels SOURCES kernels/cuda_kernels_test.cc DEPS lmp_cuda_emulation)
foreach(test matmul rows kv_write attention logits)
  lmp_test(cuda_${test}_test LABELS kernels SOURCES kernels/${test}_test.cc DEPS lmp_cuda_emulation)
  target_compile_definitions(cuda_${test}_test PRIVATE LMP_TEST_CUDA_EMULATION)
endforeach()
