// A fiber: a function on a stack of its own that hands control back and forth with its owner, all on one OS thread.
#pragma once

#include "kernels/simt/sanitizer.h"

#include <boost/context/detail/fcontext.hpp>
#include <boost/context/stack_context.hpp>

#include <functional>

namespace impasto::simt {

// The jumps are made by Boost.Context's fcontext, the layer under boost::context::fiber: that class also jumps when it
// is constructed and destroyed, where the sanitizers could not be told.
class Fiber {
 public:
  // `body` begins at the first resume(). It must have returned, and must not throw, before the fiber is destroyed.
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void resume();   // by the owner: runs the body until it suspends or returns
  void suspend();  // by the body: back to the owner, until the next resume()

 private:
  [[noreturn]] static void enter(boost::context::detail::transfer_t from);

  std::function<void()> body_;
  boost::context::stack_context stack_;
  boost::context::detail::fcontext_t inside_ = nullptr;  // where the body goes on
  boost::context::detail::fcontext_t owner_ = nullptr;   // where the owner goes on
  sanitizer::Stack inside_stack_, owner_stack_, unused_;
};

}  // namespace impasto::simt
