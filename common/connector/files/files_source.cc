#include "common/connector/files/files_source.h"

#include <unistd.h>

#include <array>
#include <atomic>

#include "common/connector/files/census.h"
#include "common/connector/files/entity_files.h"
#include "common/connector/files/layout.h"
#include "common/connector/files/shared_names.h"

namespace decant {
namespace {

std::string this_machine() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this machine";
}

// Not one file in any month is what a worker finds where the folder is not mounted, so it is no
// empty source: another worker may see it.
Error no_file_at_all(const EntitySpec& entity, const StoreSpec* store, const std::string& base) {
  return Error{ErrorCode::kUnreachable,
               "Not one file of " + entity.name + " matches " + entity.read.files +
                   (store != nullptr ? " for store " + store->name : std::string()) + " in " +
                   base + " on " + this_machine() + ".",
               "Is the folder mounted on this machine? Set `active: false` for a store without "
               "data.",
               {},
               {}};
}

class FilesSource final : public Source {
 public:
  FilesSource(const SourceRequest& request, FilesOptions options)
      : base_(base_folder(request.connection, request.directory)),
        time_zone_(request.time_zone),
        connection_of_(request.connection_of),
        options_(std::move(options)) {
    if (request.store != nullptr) store_ = *request.store;
  }

  Result<Schema> describe(const EntitySpec& entity) override {
    renew();
    DECANT_TRY_ASSIGN(const auto files, find_files(entity.read.files, base_, store(), {}));
    if (files.empty()) {
      return fail(ErrorCode::kNotFound,
                  "No file in " + base_ + " matches " + entity.read.files + ".",
                  "Check `files:` of the entity " + entity.name + ".");
    }
    const EntityFiles reader(entity, base_, options_, cancelled_);
    DECANT_TRY_ASSIGN(const auto file, reader.open(files.front().path, {}));
    return file->columns();
  }

  Result<CensusResult> census(const JobSpec& job, const EntitySpec& entity,
                              const CensusRequest& wanted) override {
    renew();
    CensusRequest request = wanted;
    // Rows without a time belong to no day, whatever the names of their files say.
    if (entity.read.time.empty()) request.days = {};
    const StoreSpec* for_store = store() != nullptr ? store() : job.find_store(request.store);
    DECANT_TRY_ASSIGN(auto files,
                      find_files(entity.read.files, base_, for_store, whole_months(request.days)));
    if (files.empty()) {
      DECANT_TRY_ASSIGN(const auto of_any_day, find_files(entity.read.files, base_, for_store, {}));
      if (of_any_day.empty()) return fail(no_file_at_all(entity, for_store, base_));
    }
    if (for_store != nullptr && connection_of_) {
      const auto base_of = [&](const StoreSpec& of) -> Result<std::string> {
        DECANT_TRY_ASSIGN(const std::string connection, connection_of_(of));
        return base_folder(connection, job.directory);
      };
      DECANT_TRY(check_names_apart(files, job, entity, {*for_store, base_, base_of}));
    }
    const EntityFiles reader(entity, base_, options_, cancelled_);
    return take_file_census({job, entity, request, std::move(files), reader, options_, time_zone_});
  }

  // A cancel ends the read in progress and not the session, which is kept for the next task.
  Result<std::unique_ptr<RowSource>> open(const ReadRequest& request) override {
    renew();
    if (request.entity == nullptr || !request.extent.is_file()) {
      return fail(ErrorCode::kUnsupported, "Files are read file by file: the task names no file.");
    }
    EntityFiles reader(*request.entity, base_, options_, cancelled_);
    reader.read_rows();
    FilePart part;
    if (request.extent.kind == ExtentKind::kFilePart)
      part = {request.extent.begin, request.extent.end_byte};
    DECANT_TRY_ASSIGN(auto file, reader.open(request.extent.path, request.extent.identity, part));
    return std::move(*file).rows(request.columns);
  }

  void cancel() override { cancelled_.store(true, std::memory_order_relaxed); }

 private:
  void renew() { cancelled_.store(false, std::memory_order_relaxed); }
  const StoreSpec* store() const { return store_ ? &*store_ : nullptr; }

  std::string base_;
  std::string time_zone_;
  std::function<Result<std::string>(const StoreSpec&)> connection_of_;
  FilesOptions options_;
  std::optional<StoreSpec> store_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

Result<std::unique_ptr<Source>> open_files_source(const SourceRequest& request,
                                                  FilesOptions options) {
  return std::unique_ptr<Source>(std::make_unique<FilesSource>(request, std::move(options)));
}

}  // namespace decant
