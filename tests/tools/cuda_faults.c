// Stands before the CUDA runtime (LD_PRELOAD) and makes it fail as CUDA_FAULT says, for scripts/ptx_check.sh: what a
// user sees then cannot be provoked on a machine where all is well.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { kOutOfMemory = 2, kOldDriver = 35, kNoKernelImage = 209, kIllegalAddress = 700 };  // of cudaError_t

static int fault(const char* name) {
  const char* wanted = getenv("CUDA_FAULT");
  return wanted != NULL && strcmp(wanted, name) == 0;
}

int cudaGetDeviceCount(int* count) {
  int (*next)(int*) = (int (*)(int*))dlsym(RTLD_NEXT, "cudaGetDeviceCount");
  return fault("driver") ? kOldDriver : next(count);
}

int cudaDriverGetVersion(int* version) {
  int (*next)(int*) = (int (*)(int*))dlsym(RTLD_NEXT, "cudaDriverGetVersion");
  if (!fault("driver")) return next(version);
  *version = 11040;
  return 0;
}

// A Turing, as the driver tells of it.
int cudaDeviceGetAttribute(int* value, int attribute, int device) {
  enum { kMajor = 75, kMinor = 76 };  // of cudaDeviceAttr
  int (*next)(int*, int, int) = (int (*)(int*, int, int))dlsym(RTLD_NEXT, "cudaDeviceGetAttribute");
  if (!fault("capability") || (attribute != kMajor && attribute != kMinor)) return next(value, attribute, device);
  *value = attribute == kMajor ? 7 : 5;
  return 0;
}

int cudaFuncGetAttributes(void* attributes, const void* function) {
  int (*next)(void*, const void*) = (int (*)(void*, const void*))dlsym(RTLD_NEXT, "cudaFuncGetAttributes");
  return fault("image") ? kNoKernelImage : next(attributes, function);
}

int cudaMalloc(void** memory, size_t bytes) {
  int (*next)(void**, size_t) = (int (*)(void**, size_t))dlsym(RTLD_NEXT, "cudaMalloc");
  return fault("memory") ? kOutOfMemory : next(memory, bytes);
}

// From the fourth launch on: some frames of a video are painted by then.
int cudaGraphLaunch(void* graph, void* stream) {
  static int launches = 0;
  int (*next)(void*, void*) = (int (*)(void*, void*))dlsym(RTLD_NEXT, "cudaGraphLaunch");
  return fault("launch") && ++launches > 3 ? kIllegalAddress : next(graph, stream);
}
