// Pictures: stb_image in, stb_image_write out.
#include "apps/stylize/media/image.h"

#include "apps/stylize/media/media.h"
#include "apps/stylize/media/orientation.h"
#include "apps/stylize/media/partial_file.h"
#include "runtime/error.h"

#include <libexif/exif-data.h>

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <system_error>

namespace impasto::media {
namespace {

constexpr int kJpegQuality = 95;
constexpr int kJpegLongestSide = 65535;

std::vector<stbi_uc> bytes_of(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) fail("{}: is a directory, expected a picture", file.string());
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) fail("{}: {}", file.string(), std::strerror(errno));
  const std::streamoff size = in.tellg();
  if (size > std::numeric_limits<int>::max()) fail("{}: {} bytes are too many for a picture", file.string(), size);
  std::vector<stbi_uc> bytes(static_cast<std::size_t>(size));
  in.seekg(0);
  if (!in.read(reinterpret_cast<char*>(bytes.data()), size)) fail("{}: cannot be read", file.string());
  return bytes;
}

Orientation exif_orientation(const std::vector<stbi_uc>& bytes) {
  const bool jpeg = bytes.size() > 2 && bytes[0] == 0xFF && bytes[1] == 0xD8;
  if (!jpeg) return {};
  const std::unique_ptr<ExifData, decltype(&exif_data_unref)> data(
      exif_data_new_from_data(bytes.data(), static_cast<unsigned>(bytes.size())), &exif_data_unref);
  if (!data) return {};
  const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->components < 1) return {};
  return from_exif(exif_get_short(entry->data, exif_data_get_byte_order(data.get())));
}

// The bytes of a file as stb_image reads them. Some of its readers (BMP, PNM, TGA) take what is missing for zeros, so
// it is noticed here.
class StbSource {
 public:
  explicit StbSource(const std::vector<stbi_uc>& bytes) : bytes_(bytes) {}

  [[nodiscard]] bool cut_off() const { return cut_off_; }
  [[nodiscard]] static stbi_io_callbacks callbacks() {
    return {&StbSource::read, &StbSource::skip, &StbSource::at_end};
  }

 private:
  static int read(void* self, char* to, int size) {
    auto& source = *static_cast<StbSource*>(self);
    const std::size_t left = source.bytes_.size() - source.at_;
    const std::size_t count = std::min(left, static_cast<std::size_t>(size));
    std::memcpy(to, source.bytes_.data() + source.at_, count);
    source.at_ += count;
    // stb_image fills its own small buffer with as much as there is; whatever else it asks for, it needs.
    constexpr int kBuffer = sizeof(stbi__context::buffer_start);
    if (left == 0 || (count < static_cast<std::size_t>(size) && size != kBuffer)) source.cut_off_ = true;
    return static_cast<int>(count);
  }
  static void skip(void* self, int count) {
    auto& source = *static_cast<StbSource*>(self);
    const std::int64_t to = static_cast<std::int64_t>(source.at_) + count;
    source.at_ = static_cast<std::size_t>(std::clamp<std::int64_t>(to, 0, source.bytes_.size()));
  }
  static int at_end(void* self) {
    const auto& source = *static_cast<StbSource*>(self);
    return source.at_ == source.bytes_.size() ? 1 : 0;
  }

  const std::vector<stbi_uc>& bytes_;
  std::size_t at_ = 0;
  bool cut_off_ = false;
};

struct StbFree {
  void operator()(void* pixels) const { stbi_image_free(pixels); }
};

// The decoded picture as it lies in the file: `channels` of 8 bits a pixel.
struct Decoded {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> samples;
};

Decoded decode(const std::filesystem::path& file, const std::vector<stbi_uc>& bytes, const Say& say) {
  Decoded d;
  StbSource source(bytes);
  const stbi_io_callbacks callbacks = StbSource::callbacks();
  const auto count = [&] { return static_cast<std::size_t>(d.width) * d.height * d.channels; };
  if (stbi_is_16_bit_from_memory(bytes.data(), static_cast<int>(bytes.size())) != 0) {
    const std::unique_ptr<stbi_us, StbFree> deep(
        stbi_load_16_from_callbacks(&callbacks, &source, &d.width, &d.height, &d.channels, 0));
    if (!deep) fail("{}: not a readable picture ({})", file.string(), stbi_failure_reason());
    if (source.cut_off()) fail("{}: is cut off", file.string());
    say(fmt::format("{}: 16 bits a sample are reduced to 8", file.string()));
    d.samples.resize(count());
    // v * 255 / 65535, rounded
    std::transform(deep.get(), deep.get() + count(), d.samples.begin(),
                   [](stbi_us v) { return static_cast<std::uint8_t>((v + 128) / 257); });
    return d;
  }
  const std::unique_ptr<stbi_uc, StbFree> pixels(
      stbi_load_from_callbacks(&callbacks, &source, &d.width, &d.height, &d.channels, 0));
  if (!pixels) fail("{}: not a readable picture ({})", file.string(), stbi_failure_reason());
  if (source.cut_off()) fail("{}: is cut off", file.string());
  d.samples.assign(pixels.get(), pixels.get() + count());
  return d;
}

void append(void* context, void* data, int size) {
  auto& bytes = *static_cast<std::vector<std::byte>*>(context);
  const std::size_t before = bytes.size();
  bytes.resize(before + static_cast<std::size_t>(size));
  std::memcpy(bytes.data() + before, data, static_cast<std::size_t>(size));
}

}  // namespace

StbKind stb_kind(const std::filesystem::path& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rb"), &std::fclose);
  if (!in) fail("{}: {}", file.string(), std::strerror(errno));
  std::array<char, 4> start{};
  if (std::fread(start.data(), 1, start.size(), in.get()) == start.size() &&
      std::memcmp(start.data(), "GIF8", 4) == 0) {
    return StbKind::gif;
  }
  std::rewind(in.get());
  int width = 0;
  int height = 0;
  int channels = 0;
  return stbi_info_from_file(in.get(), &width, &height, &channels) != 0 ? StbKind::picture : StbKind::none;
}

Picture read_image(const std::filesystem::path& file, const Say& say) {
  const std::vector<stbi_uc> bytes = bytes_of(file);
  const Decoded d = decode(file, bytes, say);
  const Orientation orientation = exif_orientation(bytes);
  const bool grey = d.channels <= 2;
  const bool alpha = d.channels % 2 == 0;
  const auto pixels = static_cast<std::size_t>(d.width) * d.height;

  Picture picture;
  picture.width = orientation.transpose ? d.height : d.width;
  picture.height = orientation.transpose ? d.width : d.height;
  picture.planes.emplace_back(pixels * 3);
  if (alpha) picture.alpha.resize(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* from = &d.samples[i * static_cast<std::size_t>(d.channels)];
    for (std::size_t c = 0; c < 3; ++c) picture.planes[0][i * 3 + c] = std::byte{from[grey ? 0 : c]};
    if (alpha) picture.alpha[i] = std::byte{from[d.channels - 1]};
  }
  if (!orientation.identity()) {
    for (auto [plane, element] : {std::pair(&picture.planes[0], 3), std::pair(&picture.alpha, 1)}) {
      if (plane->empty()) continue;
      const std::vector<std::byte> lying = *plane;
      turn_plane(lying.data(), d.width, d.height, element, orientation, plane->data());
    }
  }
  return picture;
}

void write_image(const std::filesystem::path& file, const Picture& picture, const Say& say) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool jpeg = extension == ".jpg" || extension == ".jpeg";
  const bool grey = picture.format.model == PixelFormat::Model::grey;
  const bool alpha = !picture.alpha.empty() && !jpeg;
  const int channels = (grey ? 1 : 3) + (alpha ? 1 : 0);
  const auto pixels = static_cast<std::size_t>(picture.width) * picture.height;
  if (jpeg && !picture.alpha.empty()) say(fmt::format("{}: JPEG has no alpha; it is dropped", file.string()));
  if (jpeg && std::max(picture.width, picture.height) > kJpegLongestSide) {
    fail("{}: {}x{} is too large for JPEG, whose longest side is {}", file.string(), picture.width, picture.height,
         kJpegLongestSide);
  }
  if (pixels * static_cast<std::size_t>(channels) + static_cast<std::size_t>(picture.height) >
      static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    fail("{}: {}x{} is too large for a picture file", file.string(), picture.width, picture.height);
  }

  const std::byte* samples = picture.planes[0].data();
  std::vector<std::byte> with_alpha;
  if (alpha) {
    const std::size_t colours = grey ? 1 : 3;
    with_alpha.reserve(pixels * static_cast<std::size_t>(channels));
    for (std::size_t i = 0; i < pixels; ++i) {
      with_alpha.insert(with_alpha.end(), samples + i * colours, samples + (i + 1) * colours);
      with_alpha.push_back(picture.alpha[i]);
    }
    samples = with_alpha.data();
  }

  PartialFile partial(file);
  std::vector<std::byte> bytes;
  const int encoded =
      jpeg ? stbi_write_jpg_to_func(append, &bytes, picture.width, picture.height, channels, samples, kJpegQuality)
           : stbi_write_png_to_func(append, &bytes, picture.width, picture.height, channels, samples,
                                    picture.width * channels);
  if (encoded == 0) fail("{}: {}x{} cannot be encoded", file.string(), picture.width, picture.height);
  errno = 0;
  std::ofstream out(partial.path(), std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) fail("{}: {}", file.string(), std::strerror(errno != 0 ? errno : EIO));
  partial.rename();
}

}  // namespace impasto::media
