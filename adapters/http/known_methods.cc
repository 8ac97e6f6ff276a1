#include "adapters/http/known_methods.h"

#include <algorithm>
#include <string>

#include "google/protobuf/descriptor.h"
#include "overgang/v1/census_service.pb.h"
#include "overgang/v1/daily_status_service.pb.h"
#include "overgang/v1/escalation_service.pb.h"
#include "overgang/v1/feed_service.pb.h"
#include "overgang/v1/intake_service.pb.h"
#include "overgang/v1/operations_service.pb.h"
#include "overgang/v1/pathway_service.pb.h"
#include "overgang/v1/report_service.pb.h"

namespace overgang::http {
namespace {

// The linker keeps a generated file, and with it the names of its methods, only where something
// refers to it.
const google::protobuf::Message* const kOfEveryService[] = {
    &v1::GetCensusRequest::default_instance(),  &v1::GetDailyStatusRequest::default_instance(),
    &v1::GetLevelsRequest::default_instance(),  &v1::SubscribeRequest::default_instance(),
    &v1::DeclareUkpRequest::default_instance(), &v1::GetSourcesRequest::default_instance(),
    &v1::ListStaysRequest::default_instance(),  &v1::GetReportRequest::default_instance(),
};

}  // namespace

bool IsKnownMethod(std::string_view method) {
  std::string name(method);
  std::replace(name.begin(), name.end(), '/', '.');
  return kOfEveryService[0]->GetDescriptor()->file()->pool()->FindMethodByName(name) != nullptr;
}

}  // namespace overgang::http
