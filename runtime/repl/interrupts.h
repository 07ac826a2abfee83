// Signals of the terminal as calls on a thread, for the programs built on the library (the library
// itself installs no signal handlers). One object at a time per process.
#pragma once

#include <csignal>
#include <functional>
#include <thread>
#include <vector>

namespace lmp::repl {

class Interrupts {
 public:
  // While this lives, each of `signals` calls `on_signal` with its number, on a thread of its own
  // and one after the other; what the signals did before comes back in the destructor.
  Interrupts(std::vector<int> signals, std::function<void(int)> on_signal);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

 private:
  std::vector<int> signals_;
  std::vector<struct sigaction> before_;
  int pipe_[2] = {-1, -1};
  std::thread thread_;
};

}  // namespace lmp::repl
