// What the files of portrait nets carry beside the weights that were trained.
#pragma once

#include "nets/net.h"
#include "weights_tools/source.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace impasto {

struct PortraitOptions {
  std::optional<double> input_scale;
  std::string input_mean;           // "B,G,R"
  std::filesystem::path mean_mask;  // 600 x 800 pixels, grey
  std::filesystem::path landmarks;  // a line "x y" for each point of the mask's frame, counted from 1
  std::optional<int> person_class;  // the person's channel of the scores
};

// Throws a usage Error if an option is given for a net that does not want it, or is missing.
void check_portrait_options(const PortraitOptions& options, const Net& net, const Source& source);
// Puts the tensors mean_mask [800,600] 0..1 and canonical_landmarks [N,2] in place of the source's, where the options
// name them. Throws Error "FILE: why".
void add_portrait_tensors(const PortraitOptions& options, Source& source);
// input_scale, input_mean, input_channels and person_class as given, or as a source of ours has them, or as the net's
// authors had them. Nothing for other nets. Throws Error if nothing says which of many classes is the person.
[[nodiscard]] std::map<std::string, std::string> portrait_metadata(const PortraitOptions& options, const Net& net,
                                                                   const Source& source,
                                                                   std::span<const NamedTensor> tensors);

}  // namespace impasto
