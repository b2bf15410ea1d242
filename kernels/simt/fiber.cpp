#include "kernels/simt/fiber.h"

#include <boost/context/protected_fixedsize_stack.hpp>

#include <exception>
#include <utility>

namespace impasto::simt {

namespace {

using boost::context::detail::fcontext_t;
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

// Address space, not memory: pages are used as they are touched. Instrumented frames are several times larger.
constexpr std::size_t kStackBytes = 256 * 1024;

boost::context::protected_fixedsize_stack stack_allocator() {
  return boost::context::protected_fixedsize_stack(kStackBytes);
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), stack_(stack_allocator().allocate()) {
  inside_ = make_fcontext(stack_.sp, stack_.size, enter);
  owner_stack_.context = sanitizer::this_context();
  inside_stack_.bottom = static_cast<std::byte*>(stack_.sp) - stack_.size;
  inside_stack_.size = stack_.size;
  inside_stack_.context = sanitizer::create_context();
}

Fiber::~Fiber() {
  sanitizer::destroy_context(inside_stack_.context);
  stack_allocator().deallocate(stack_);
}

void Fiber::resume() {
  void* saved = nullptr;
  const fcontext_t target = inside_;  // after leave() this code counts as the other side's: it reads nothing shared
  sanitizer::leave(&saved, inside_stack_);
  const fcontext_t back = jump_fcontext(target, this).fctx;
  sanitizer::arrive(saved, unused_);
  sanitizer::acquire(this);
  inside_ = back;
}

void Fiber::suspend() {
  void* saved = nullptr;
  const fcontext_t target = owner_;
  sanitizer::release(this);
  sanitizer::leave(&saved, owner_stack_);
  const fcontext_t back = jump_fcontext(target, nullptr).fctx;
  sanitizer::arrive(saved, owner_stack_);
  owner_ = back;
}

void Fiber::enter(transfer_t from) {
  auto* self = static_cast<Fiber*>(from.data);
  self->owner_ = from.fctx;
  sanitizer::arrive(nullptr, self->owner_stack_);
  self->body_();
  const fcontext_t target = self->owner_;
  const sanitizer::Stack owner = self->owner_stack_;
  sanitizer::release(self);
  sanitizer::leave(nullptr, owner);
  jump_fcontext(target, nullptr);
  std::terminate();  // nobody resumes a body that has returned
}

}  // namespace impasto::simt
