#include "runtime/net/response_reader.h"

#include <algorithm>
#include <array>
#include <limits>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace lmp::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

constexpr size_t kPieceBytes = 64u << 10;
constexpr int kEarlyResponsesMax = 8;  // "100 Continue" and the like

// Beast's names for strings and codes, in ours.
std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

// What Beast finds in the bytes.
class ResponseReader::Parser final : public http::basic_parser<false> {
 public:
  HttpHead head;
  const std::function<Status(std::string_view)>* sink = nullptr;
  Status sink_status;

 private:
  void on_request_impl(http::verb, boost::beast::string_view, boost::beast::string_view, int,
                       error_code&) override {}
  void on_response_impl(int code, boost::beast::string_view reason, int,
                        error_code& error) override {
    head.status = code;
    head.reason = View(reason);
    error = {};
  }
  void on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code& error) override {
    error = {};
    // Those behind the last chunk are not asked for.
    if (!header_done_) head.headers.push_back({std::string(View(name)), std::string(View(value))});
  }
  void on_header_impl(error_code& error) override {
    header_done_ = true;
    error = {};
  }
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code& error) override {
    error = {};
  }
  size_t on_body_impl(boost::beast::string_view body, error_code& error) override {
    return Give(body, &error);
  }
  void on_chunk_header_impl(uint64_t, boost::beast::string_view, error_code& error) override {
    error = {};
  }
  size_t on_chunk_body_impl(uint64_t, boost::beast::string_view body, error_code& error) override {
    return Give(body, &error);
  }
  void on_finish_impl(error_code& error) override { error = {}; }

  size_t Give(boost::beast::string_view body, error_code* error) {
    *error = {};
    if (sink != nullptr && !body.empty()) sink_status = (*sink)(View(body));
    if (!sink_status.ok()) *error = http::error::unexpected_body;  // ends the parsing
    return body.size();
  }

  bool header_done_ = false;
};

ResponseReader::ResponseReader(Stream* stream, std::string place, const Limits& limits)
    : stream_(stream), place_(std::move(place)), limits_(limits) {}

ResponseReader::~ResponseReader() = default;

Status ResponseReader::Explain(const std::string& why) const {
  return Corruption(place_ + ": what came is no HTTP/1.1 response: " + why);
}

Status ResponseReader::ReadMore() {
  bytes_.erase(0, at_);
  at_ = 0;
  std::array<char, kPieceBytes> piece;
  LMP_TRY(const size_t count, stream_->Read(piece));
  if (count > 0) {
    bytes_.append(piece.data(), count);
    return OkStatus();
  }
  if (!parser_->got_some())
    return Unavailable(place_ + ": the connection was closed without a response");
  error_code error;
  parser_->put_eof(error);
  if (!error) return OkStatus();
  if (!parser_->is_header_done())
    return Unavailable(place_ + ": the response was cut off in its headers");
  std::string of;
  if (const auto left = parser_->content_length_remaining()) {
    of = ", " + std::to_string(*left) + " of " + std::to_string(*parser_->content_length()) +
         " bytes are missing";
  }
  return Unavailable(place_ + ": the response was cut off" + of);
}

// One step of the parser over what is there, or more of it.
Status ResponseReader::Advance() {
  if (at_ == bytes_.size()) return ReadMore();
  error_code error;
  at_ += parser_->put(boost::asio::const_buffer(bytes_.data() + at_, bytes_.size() - at_), error);
  if (!parser_->sink_status.ok()) return parser_->sink_status;
  if (!error) return OkStatus();
  if (error == http::error::need_more) return ReadMore();
  if (error == http::error::header_limit) {
    return ResourceExhausted(place_ + ": the headers of the response have more than " +
                             std::to_string(limits_.head_bytes_max) + " bytes");
  }
  if (error == http::error::body_limit) {
    return ResourceExhausted(place_ + ": the response has more than " +
                             std::to_string(limits_.body_bytes_max) + " bytes");
  }
  return Explain(error.message());
}

Result<HttpHead> ResponseReader::ReadHead(bool no_body) {
  for (int early = 0; early < kEarlyResponsesMax; ++early) {
    parser_ = std::make_unique<Parser>();
    parser_->header_limit(static_cast<uint32_t>(limits_.head_bytes_max));
    parser_->body_limit(limits_.body_bytes_max);
    if (no_body) {
      parser_->skip(true);
      parser_->body_limit(std::numeric_limits<uint64_t>::max());
    }
    while (!parser_->is_header_done()) LMP_RETURN_IF_ERROR(Advance());
    if (parser_->head.status == 101) return Explain("101, which was not asked for");
    if (parser_->head.status >= 200) return parser_->head;
  }
  return Explain("nothing but early responses (100 to 199)");
}

Status ResponseReader::ReadBody(const std::function<Status(std::string_view)>& sink) {
  const std::string* encoding = parser_->head.Find("Content-Encoding");
  if (encoding != nullptr && *encoding != "identity" && !encoding->empty() && !parser_->is_done()) {
    return Unsupported(place_ + ": the body is encoded as \"" + *encoding +
                       "\", which was not asked for");
  }
  parser_->sink = &sink;
  while (!parser_->is_done()) LMP_RETURN_IF_ERROR(Advance());
  return OkStatus();
}

}  // namespace lmp::net
