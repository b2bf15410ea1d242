#include "tests/cli/stylize_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace impasto::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

void must(const Finished& done, const std::string& what) {
  if (done.code != 0) throw std::runtime_error(what + ": " + done.err);
}

}  // namespace

Running::Running(const std::vector<std::string>& words, const std::vector<std::string>& environment) {
  std::vector<std::string> arguments = words;
  std::vector<std::string> variables = environment;  // the first of a name counts
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string(*variable).starts_with("STYLIZE_")) variables.emplace_back(*variable);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (folder_ / "out").c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder_ / "err").c_str(), O_WRONLY | O_CREAT, 0600);
  const int failed = posix_spawnp(&pid_, arguments[0].c_str(), &actions, nullptr, pointers(arguments).data(),
                                  pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot run " + arguments[0]);
}

void Running::signal(int number) const {
  kill(pid_, number);
}

std::string Running::err_so_far() const {
  return read_file(folder_ / "err");
}

Finished Running::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, read_file(folder_ / "out"), read_file(folder_ / "err")};
}

Finished run(const std::vector<std::string>& words, const std::vector<std::string>& environment) {
  return Running(words, environment).wait();
}

std::vector<std::string> stylize_words(const std::vector<std::string>& words) {
  std::vector<std::string> all{IMPASTO_STYLIZE};
  all.insert(all.end(), words.begin(), words.end());
  all.insert(all.end(), {"--threads", "2", "--progress", "none"});
  return all;
}

Finished stylize(const std::vector<std::string>& words, const std::vector<std::string>& environment) {
  return run(stylize_words(words), environment);
}

bool is_one_line(const std::string& text, const std::string& part) {
  return text.starts_with("stylize: ") && text.find('\n') == text.size() - 1 && text.find(part) != std::string::npos;
}

void Workplace::paint(std::vector<std::string> words) const {
  words.emplace_back("-y");
  const Finished done = stylize(words);
  INFO(done.err);
  REQUIRE(done.code == 0);
}

void Workplace::expect(int code, const std::vector<std::string>& words, const std::string& part) const {
  const Finished done = stylize(words);
  INFO(done.err);
  CHECK(done.code == code);
  CHECK(is_one_line(done.err, part));
}

Image make_image(int height, int width, int channels, std::uint64_t seed) {
  Image image{height, width, channels, {}};
  const std::vector<float> noise = random_floats(static_cast<std::size_t>(height) * width * channels, seed);
  for (std::size_t i = 0; i < noise.size(); ++i) {
    const std::size_t pixel = i / channels;
    const double slope = static_cast<double>(pixel % width + pixel / width) / (width + height);
    image.samples.push_back(static_cast<std::uint8_t>(40 + 150 * slope + 30 * static_cast<double>(noise[i])));
  }
  return image;
}

void write_png(const std::filesystem::path& file, const Image& image) {
  const int row = image.width * image.channels;
  if (stbi_write_png(file.c_str(), image.width, image.height, image.channels, image.samples.data(), row) == 0) {
    throw std::runtime_error("cannot write " + file.string());
  }
}

Image read_image(const std::filesystem::path& file) {
  Image image;
  std::uint8_t* samples = stbi_load(file.c_str(), &image.width, &image.height, &image.channels, 0);
  if (samples == nullptr) throw std::runtime_error("cannot read " + file.string());
  image.samples.assign(samples, samples + static_cast<std::size_t>(image.height) * image.width * image.channels);
  stbi_image_free(samples);
  return image;
}

double psnr(const Image& a, const Image& b) {
  REQUIRE(a.samples.size() == b.samples.size());
  double squares = 0;
  for (std::size_t i = 0; i < a.samples.size(); ++i) squares += std::pow(a.samples[i] - b.samples[i], 2);
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.samples.size()) / std::max(squares, 1e-9));
}

void write_clip(const std::filesystem::path& file, const std::vector<Image>& frames) {
  const TempDir folder;
  std::string bytes;
  for (const Image& frame : frames) bytes.append(frame.samples.begin(), frame.samples.end());
  write_file(folder / "raw", bytes);
  const Image& first = frames.at(0);
  const bool rgb = first.channels == 3;
  const std::string size = std::to_string(first.width) + "x" + std::to_string(first.height);
  must(run({"ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", rgb ? "rgb24" : "gray", "-s", size, "-r", "25",
            "-i", (folder / "raw").string(), "-c:v", "ffv1", "-pix_fmt", rgb ? "gbrp" : "gray", file.string()}),
       "ffmpeg");
}

std::vector<Image> read_clip(const std::filesystem::path& file, int height, int width, int channels) {
  const TempDir folder;
  must(run({"ffmpeg", "-v", "error", "-i", file.string(), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt",
            channels == 3 ? "rgb24" : "gray", (folder / "raw").string()}),
       "ffmpeg");
  const std::string bytes = read_file(folder / "raw");
  const std::size_t size = static_cast<std::size_t>(height) * width * channels;
  std::vector<Image> frames;
  for (std::size_t from = 0; from + size <= bytes.size(); from += size) {
    frames.push_back({height, width, channels, {bytes.begin() + from, bytes.begin() + from + size}});
  }
  return frames;
}

void make_clip(const std::filesystem::path& file, int height, int width, int frames, bool sound,
               const std::string& pixel_format) {
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  std::vector<std::string> words{"ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=rate=25:size=" + size};
  if (sound) words.insert(words.end(), {"-f", "lavfi", "-i", "sine=frequency=440", "-c:a", "aac", "-shortest"});
  const bool lossless = file.extension() == ".mkv";
  const std::string seconds = std::to_string(frames / 25.0);
  words.insert(words.end(), {"-c:v", lossless ? "ffv1" : "libx264", "-pix_fmt", pixel_format, "-t", seconds});
  words.push_back(file.string());
  must(run(words), "ffmpeg");
}

std::vector<std::string> frame_hashes(const std::filesystem::path& file, const std::string& pixel_format) {
  std::vector<std::string> words{"ffmpeg", "-v",    "error",     "-i",         file.string(),
                                 "-map",   "0:v:0", "-fps_mode", "passthrough"};
  if (!pixel_format.empty()) words.insert(words.end(), {"-pix_fmt", pixel_format});
  words.insert(words.end(), {"-f", "framemd5", "-"});
  const Finished done = run(words);
  must(done, "ffmpeg");
  std::vector<std::string> hashes;
  std::istringstream lines(done.out);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) hashes.push_back(line.substr(line.rfind(' ') + 1));
  }
  return hashes;
}

std::string probe(const std::filesystem::path& file, const std::string& field, const std::string& stream) {
  const Finished done = run({"ffprobe", "-v", "error", "-count_packets", "-select_streams", stream, "-show_entries",
                             "stream=" + field, "-of", "default=nk=1:nw=1", file.string()});
  must(done, "ffprobe");
  return done.out.substr(0, done.out.find('\n'));
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace impasto::test
