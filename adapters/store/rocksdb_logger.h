// What RocksDB has to say: its errors go to the hub's log, the rest nowhere.
//
// By default RocksDB keeps a LOG file beside the data. When that cannot be written, as on a full
// disk, the packaged build ends the whole process by an assertion, though the data itself is
// handled well. So it gets no file.
#pragma once

#include <memory>

#include "rocksdb/env.h"

namespace overgang {

std::shared_ptr<rocksdb::Logger> MakeRocksdbLogger();

}  // namespace overgang
