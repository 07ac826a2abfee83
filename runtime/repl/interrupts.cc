#include "runtime/repl/interrupts.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace lmp::repl {

namespace {

// Where the signal function writes; it can know nothing but what is global.
volatile std::sig_atomic_t interrupt_pipe = -1;

void OnSignal(int number) {
  const int error = errno;
  const auto byte = static_cast<char>(number);
  // A full pipe holds enough signals already.
  if (interrupt_pipe >= 0 && write(interrupt_pipe, &byte, 1) < 0) errno = error;
  errno = error;
}

}  // namespace

Interrupts::Interrupts(std::vector<int> signals, std::function<void(int)> on_signal)
    : signals_(std::move(signals)) {
  if (pipe2(pipe_, O_CLOEXEC) != 0) return;
  fcntl(pipe_[1], F_SETFL, O_NONBLOCK);
  thread_ = std::thread([from = pipe_[0], call = std::move(on_signal)] {
    char byte = 0;
    ssize_t count = 0;
    while ((count = read(from, &byte, 1)) == 1 || (count < 0 && errno == EINTR)) {
      if (count == 1) call(byte);
    }
  });
  interrupt_pipe = pipe_[1];
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  before_.resize(signals_.size());
  for (size_t i = 0; i < signals_.size(); ++i) sigaction(signals_[i], &action, &before_[i]);
}

Interrupts::~Interrupts() {
  if (!thread_.joinable()) return;
  for (size_t i = 0; i < signals_.size(); ++i) sigaction(signals_[i], &before_[i], nullptr);
  interrupt_pipe = -1;
  close(pipe_[1]);  // ends the read
  thread_.join();
  close(pipe_[0]);
}

}  // namespace lmp::repl
