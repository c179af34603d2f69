// Runs a fuzz target without libFuzzer: over its corpus as it is, then over seeded mutations of it,
// so that every build, whatever its compiler and sanitizer, has a smoke run that can be repeated.
//
//   TARGET CORPUS_FOLDER|FILE… [-mutations=N] [-seed=N]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

using Bytes = std::string;

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

constexpr const char* k_find_file = "fuzz-find";

// A signal's handler reaches nothing but globals.
const Bytes* running = nullptr;

// Keeps the input that ended the process, as libFuzzer does.
extern "C" void keep_find(int signal) {
  const int file = ::open(k_find_file, O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (file >= 0 && ::write(file, running->data(), running->size()) >= 0) {
    static constexpr char k_text[] = "The input is in the file fuzz-find.\n";
    (void)!::write(STDERR_FILENO, k_text, sizeof k_text - 1);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(const Bytes& bytes) {
  running = &bytes;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

class Mutator {
 public:
  Mutator(const std::vector<Bytes>& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {}

  Bytes next() {
    Bytes bytes = corpus_[below(corpus_.size())];
    for (std::size_t steps = 1 + below(4); steps > 0; --steps) mutate(bytes);
    return bytes;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  char odd_byte() {
    static constexpr char k_odd[] = {'\0', '\n', '\r', '"',  '\'', ',', ';',    '{',    '}',
                                     '[',  ']',  ':',  '\\', '-',  '9', '\x7F', '\xFF', '\xC3'};
    return below(2) == 0 ? k_odd[below(sizeof k_odd)] : static_cast<char>(random_());
  }

  void mutate(Bytes& bytes) {
    const std::size_t at = below(bytes.size() + 1);
    const std::size_t length = std::min(bytes.size() - at, below(16) + 1);
    switch (below(6)) {
      case 0:
        bytes.insert(at, 1, odd_byte());
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = odd_byte();
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 4:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      default: {
        const Bytes& other = corpus_[below(corpus_.size())];
        bytes = bytes.substr(0, at) + other.substr(below(other.size() + 1));
      }
    }
  }

  const std::vector<Bytes>& corpus_;
  std::mt19937_64 random_;
};

bool take_number(std::string_view argument, std::string_view name, std::uint64_t& value) {
  if (!argument.starts_with(name)) return false;
  argument.remove_prefix(name.size());
  return std::from_chars(argument.data(), argument.data() + argument.size(), value).ec ==
         std::errc();
}

}  // namespace

int main(int count, char** arguments) {
  std::uint64_t mutations = 0;
  std::uint64_t seed = 1;
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (take_number(argument, "-mutations=", mutations) || take_number(argument, "-seed=", seed))
      continue;
    if (!std::filesystem::is_directory(argument)) {
      files.emplace_back(argument);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argument)) files.push_back(entry);
  }
  std::sort(files.begin(), files.end());
  std::vector<Bytes> corpus;
  for (const auto& file : files) corpus.push_back(read_file(file));
  if (corpus.empty()) {
    std::fprintf(stderr, "fuzz: there is nothing to replay.\n");
    return 2;
  }
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    std::fprintf(stderr, "%s\n", files[i].c_str());
    run(corpus[i]);
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS}) std::signal(signal, keep_find);
  Mutator mutator(corpus, seed);
  for (std::uint64_t i = 0; i < mutations; ++i) run(mutator.next());
  std::fprintf(stderr, "%zu inputs and %llu mutations of them (seed %llu) passed.\n", corpus.size(),
               static_cast<unsigned long long>(mutations), static_cast<unsigned long long>(seed));
  return 0;
}
