// The makers of the kernels of a frame's ops.
#pragma once

#include "runtime/rows/kernels.h"

#include <memory>

namespace impasto::cpu {

// docs/frame.md has the formulas. The same bytes for any number of threads.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ToRgb& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Resize& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Stillness& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Sweep& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Blend& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ConvertPlanes& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GuidedFilter& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteSmooth& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteThreshold& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteComponents& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteGrow& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteFeather& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteToPlanes& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Composite& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PreserveColour& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const BlurBehind& op);

}  // namespace impasto::cpu
