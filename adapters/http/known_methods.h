// Whether a name is a method of the protos, served or not.
#pragma once

#include <string_view>

namespace overgang::http {

// "overgang.v1.ReportService/GetReport".
bool IsKnownMethod(std::string_view method);

}  // namespace overgang::http
