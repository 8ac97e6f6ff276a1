# Generates and compiles the protos: messages in overgang_proto, gRPC stubs in overgang_grpc. Generated code stays
# in the build folder.
find_package(Protobuf REQUIRED)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET grpc++)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

set(GENERATED ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${GENERATED})
file(GLOB PROTOS CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/proto
  ${CMAKE_SOURCE_DIR}/proto/overgang/v1/*.proto ${CMAKE_SOURCE_DIR}/proto/google/rpc/*.proto)
set(PROTO_SOURCES)
set(GRPC_SOURCES)
foreach(proto ${PROTOS})
  string(REPLACE .proto "" stem ${proto})
  set(outputs ${GENERATED}/${stem}.pb.cc ${GENERATED}/${stem}.pb.h)
  set(arguments --cpp_out=${GENERATED})
  if(stem MATCHES "_service$")
    list(APPEND outputs ${GENERATED}/${stem}.grpc.pb.cc ${GENERATED}/${stem}.grpc.pb.h)
    list(APPEND arguments --grpc_out=${GENERATED} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN})
    list(APPEND GRPC_SOURCES ${GENERATED}/${stem}.grpc.pb.cc)
  endif()
  add_custom_command(OUTPUT ${outputs}
    COMMAND protobuf::protoc -I${CMAKE_SOURCE_DIR}/proto ${arguments} ${CMAKE_SOURCE_DIR}/proto/${proto}
    DEPENDS ${CMAKE_SOURCE_DIR}/proto/${proto})
  list(APPEND PROTO_SOURCES ${GENERATED}/${stem}.pb.cc)
endforeach()

add_library(overgang_proto STATIC ${PROTO_SOURCES})
target_include_directories(overgang_proto SYSTEM PUBLIC ${GENERATED})
target_link_libraries(overgang_proto PUBLIC protobuf::libprotobuf)
add_library(overgang_grpc STATIC ${GRPC_SOURCES})
target_link_libraries(overgang_grpc PUBLIC overgang_proto PkgConfig::GRPC)

# The rows of the views, as stored: internal, so beside the code that owns them.
add_custom_command(OUTPUT ${GENERATED}/projections/rows.pb.cc ${GENERATED}/projections/rows.pb.h
  COMMAND protobuf::protoc -I${CMAKE_SOURCE_DIR} --cpp_out=${GENERATED} ${CMAKE_SOURCE_DIR}/projections/rows.proto
  DEPENDS ${CMAKE_SOURCE_DIR}/projections/rows.proto)
add_library(overgang_rows STATIC ${GENERATED}/projections/rows.pb.cc)
target_include_directories(overgang_rows SYSTEM PUBLIC ${GENERATED})
target_link_libraries(overgang_rows PUBLIC protobuf::libprotobuf)
