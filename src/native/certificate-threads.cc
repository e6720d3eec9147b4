#include "certificate-threads.h"

#include <dlfcn.h>

#include "elf-symbols.h"

namespace forker {
namespace {

// From Node's src/crypto/crypto_context.cc. The function is exported; its flags are static variables. Node 24 has a
// second thread for the system's certificates.
constexpr const char* kStarter =
    "_ZN4node6crypto33StartLoadingCertificatesOffThreadERKN2v820FunctionCallbackInfoINS1_5ValueEEE";
constexpr const char* kBundledStarted = "_ZN4node6cryptoL27cert_loading_thread_startedE";
constexpr const char* kSystemStarted = "_ZN4node6cryptoL34system_cert_loading_thread_startedE";

bool take_flag(const LoadedObject& node, const LocalVariable& found, unsigned char** flag) {
  if (found.found == 0) return true;
  if (found.found > 1 || !lies_in(node, found.address)) return false;
  *flag = static_cast<unsigned char*>(found.address);
  return **flag <= 1;
}

}  // namespace

bool find_certificate_threads(const LoadedObject& node, CertificateThreads* threads) {
  if (dlsym(RTLD_DEFAULT, kStarter) == nullptr) return true;
  LocalVariable flags[] = {{kBundledStarted, 1, nullptr, 0}, {kSystemStarted, 1, nullptr, 0}};
  if (!find_local_variables(node, flags, 2) || flags[0].found == 0) return false;
  return take_flag(node, flags[0], &threads->started[0]) && take_flag(node, flags[1], &threads->started[1]);
}

void forget_certificate_threads(const CertificateThreads& threads) {
  for (unsigned char* started : threads.started)
    if (started != nullptr) __atomic_store_n(started, 0, __ATOMIC_SEQ_CST);
}

}  // namespace forker
