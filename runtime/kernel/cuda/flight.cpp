// A run on the GPU: three streams, one for each direction of copies and one for the kernels, and events where one has
// to wait for another. From the second run on, all kernels are one launch: a CUDA graph.
#include "runtime/kernel/kernels.h"

#include <cstdlib>

namespace impasto::cuda {

namespace {

class Event {
 public:
  explicit Event(unsigned flags) { check(cudaEventCreateWithFlags(&event_, flags), "cudaEventCreate"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  [[nodiscard]] cudaEvent_t get() const { return event_; }
  void record(Stream stream) const { check(cudaEventRecord(event_, stream), "cudaEventRecord"); }

 private:
  cudaEvent_t event_ = nullptr;
};

void wait_for(Stream stream, const Event& event) {
  check(cudaStreamWaitEvent(stream, event.get(), 0), "cudaStreamWaitEvent");
}

// What `work` puts into the stream, ready to be launched as a whole.
class Recording {
 public:
  Recording(Stream stream, const std::function<void()>& work) {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {
      cudaStreamEndCapture(stream, &graph);
      cudaGraphDestroy(graph);
      throw;
    }
    check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
    const cudaError_t status = cudaGraphInstantiate(&graph_, graph, 0);
    cudaGraphDestroy(graph);
    check(status, "cudaGraphInstantiate");
  }
  ~Recording() { cudaGraphExecDestroy(graph_); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  void launch(Stream stream) const { check(cudaGraphLaunch(graph_, stream), "cudaGraphLaunch"); }

 private:
  cudaGraphExec_t graph_ = nullptr;
};

class PinnedMemory final : public Memory {
 public:
  explicit PinnedMemory(std::size_t bytes) : data_(Device::allocate_host(bytes)) {}
  ~PinnedMemory() override { Device::release_host(data_); }
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;
  [[nodiscard]] std::byte* data() const noexcept override { return data_; }

 private:
  std::byte* data_;
};

class CudaFlight final : public Flight {
 public:
  CudaFlight(const Device& device, std::size_t laps)
      : kernels_(device.stream()), uploads_(device.upload_stream()), downloads_(device.download_stream()) {
    for (std::size_t i = 0; i < laps; ++i) laps_.push_back(std::make_unique<Event>(cudaEventDefault));
  }
  ~CudaFlight() override { cudaEventSynchronize(done_.get()); }
  CudaFlight(const CudaFlight&) = delete;
  CudaFlight& operator=(const CudaFlight&) = delete;

  void upload(std::byte* device, std::span<const std::byte> host) override {
    check(cudaMemcpyAsync(device, host.data(), host.size(), cudaMemcpyHostToDevice, uploads_), "upload");
  }

  // The first run is launched kernel by kernel, because CUDA loads a kernel's code when it is first launched, which a
  // recording cannot hold.
  void compute(const std::function<void()>& nodes) override {
    between_copies([&] {
      if (!warm_ || launches_block_) return nodes();
      if (recording_ == nullptr) recording_ = std::make_unique<Recording>(kernels_, nodes);
      recording_->launch(kernels_);
    });
  }
  void compute_timed(const std::function<void()>& nodes) override {
    lap_ = 0;
    between_copies(nodes);
  }
  void lap() override { laps_.at(lap_++)->record(kernels_); }

  void download(std::span<std::byte> host, const std::byte* device) override {
    check(cudaMemcpyAsync(host.data(), device, host.size(), cudaMemcpyDeviceToHost, downloads_), "download");
    done_.record(downloads_);
  }

  void wait() override {
    const cudaError_t status = cudaEventSynchronize(done_.get());
    if (status == cudaSuccess) return;
    fail("the GPU failed while it computed a frame: {}{}", cudaGetErrorString(status),
         launches_block_ ? "" : " (with CUDA_LAUNCH_BLOCKING=1 in the environment the node is named)");
  }

  [[nodiscard]] double lap_ms(std::size_t i) const override {
    float ms = 0;
    check(cudaEventElapsedTime(&ms, laps_.at(i)->get(), laps_.at(i + 1)->get()), "cudaEventElapsedTime");
    return static_cast<double>(ms);
  }

 private:
  template <typename Work>
  void between_copies(const Work& work) {
    uploaded_.record(uploads_);
    wait_for(kernels_, uploaded_);
    work();
    warm_ = true;
    done_.record(kernels_);
    wait_for(downloads_, done_);
  }

  Stream kernels_, uploads_, downloads_;
  Event uploaded_{cudaEventDisableTiming};
  Event done_{cudaEventDisableTiming};  // the kernels, and once a download has begun, that
  std::vector<std::unique_ptr<Event>> laps_;
  std::size_t lap_ = 0;
  std::unique_ptr<Recording> recording_;
  bool warm_ = false;
  bool launches_block_ = std::getenv("CUDA_LAUNCH_BLOCKING") != nullptr;  // CUDA's own variable, for finding faults
};

}  // namespace

std::unique_ptr<Flight> make_flight(Device& device, std::size_t laps) {
  return std::make_unique<CudaFlight>(device, laps);
}

std::unique_ptr<Memory> make_host_memory(Device& /*device*/, std::size_t bytes) {
  return std::make_unique<PinnedMemory>(bytes);
}

}  // namespace impasto::cuda
