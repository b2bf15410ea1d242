// The smallest kernel there is: CUDA is asked for it to learn whether this build has code for a GPU.
#pragma once

namespace impasto::cuda {

[[nodiscard]] const void* probe_kernel();

}  // namespace impasto::cuda
