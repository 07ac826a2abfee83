// Keys, shapes, payloads and records of chunk objects.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "cache/chunk.h"
#include "cache/chunk_codec.h"
#include "cache/chunk_record.h"
#include "tests/support/chunk_fixture.h"

namespace lmp::cache {
namespace {

using test::KeyOf;
using test::ObjectOf;
using test::SmallIdentity;

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// FIPS 180-2, appendix B.
TEST_CASE("SHA-256 is SHA-256") {
  Sha256 abc;
  abc.Add(Bytes("a"));
  abc.Add(Bytes("bc"));
  CHECK(abc.Finish().Hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 longer;
  longer.Add(Bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
  CHECK(longer.Finish().Hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// The values were computed with Python's hashlib from the formula in chunk.h.
TEST_CASE("a chunk id is the digest of tag, ids and length") {
  CHECK(MakeChunkId(std::vector<TokenId>{1, 2, 300, 70000}).digest.Hex() ==
        "7c13932988b9dd1b235b3190c9c8b9d3067d1d7bd3b16866eb12b02612b839b1");
  CHECK(MakeChunkId({}).digest.Hex() ==
        "17b04c29d99d9ce914d3033b4527c34aa40640c55335898e014522143999bb5c");
  CHECK(MakeChunkId(std::vector<TokenId>{1, 2}).tokens == 2);
  CHECK(MakeChunkId(std::vector<TokenId>{1, 2}) != MakeChunkId(std::vector<TokenId>{2, 1}));
}

// P15: forgetting a field must not be possible without failing here.
TEST_CASE("every field of the identity changes its digest, and an unknown one is refused") {
  const ChunkIdentity base = SmallIdentity();
  std::set<Digest> digests = {base.Compute().value()};
  size_t variants = 1;
  const auto vary = [&](auto change) {
    ChunkIdentity changed = base;
    change(changed);
    CHECK(!(changed == base));
    digests.insert(changed.Compute().value());
    ++variants;
  };
  std::string ChunkIdentity::*const texts[] = {&ChunkIdentity::weights,   &ChunkIdentity::adapter,
                                               &ChunkIdentity::tokenizer, &ChunkIdentity::rope,
                                               &ChunkIdentity::windows,   &ChunkIdentity::numerics};
  for (const auto text : texts) {
    vary([&](ChunkIdentity& i) { i.*text += "x"; });
    ChunkIdentity unknown = base;
    (unknown.*text).clear();
    CHECK(unknown.Compute().status().code() == StatusCode::kInvalidArgument);
    unknown.*text = "two\nlines";
    CHECK(unknown.Compute().status().code() == StatusCode::kInvalidArgument);
  }
  vary([](ChunkIdentity& i) { ++i.heads; });
  vary([](ChunkIdentity& i) { ++i.geometry.layers; });
  vary([](ChunkIdentity& i) { ++i.geometry.kv_heads; });
  vary([](ChunkIdentity& i) { ++i.geometry.head_dim; });
  vary([](ChunkIdentity& i) { i.geometry.type = KvType::kF32; });
  vary([](ChunkIdentity& i) { i.codec = ChunkCodec::kInt8; });
  CHECK(digests.size() == variants);
  // A new member of ChunkIdentity changes this size: add it to Fields() and to this test.
  CHECK(sizeof(ChunkIdentity) ==
        6 * sizeof(std::string) + sizeof(int) + sizeof(KvGeometry) + sizeof(int));
  ChunkIdentity empty = base;
  empty.geometry.layers = 0;
  CHECK(empty.Compute().status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("every field of a key changes the object's name") {
  const ChunkIdentity identity = SmallIdentity();
  const ChunkKey base = KeyOf(identity, 1);
  std::set<ChunkName> names = {NameOf(base)};
  size_t variants = 1;
  const auto vary = [&](auto change) {
    ChunkKey changed = base;
    change(changed);
    CHECK(changed != base);
    CHECK(!MakeCommitRecord(*ObjectOf(identity, changed)).Matches(base));
    names.insert(NameOf(changed));
    ++variants;
  };
  const std::vector<TokenId> one = {1}, two = {2};
  vary([](ChunkKey& k) { k.tenant = "other"; });
  vary([](ChunkKey& k) { k.identity.bytes[31] ^= 1; });
  vary([](ChunkKey& k) { k.chunk.digest.bytes[0] ^= 1; });
  vary([](ChunkKey& k) { ++k.chunk.tokens; });
  vary([](ChunkKey& k) { k.context = CompileContext::None(); });
  vary([&](ChunkKey& k) { k.context = CompileContext::Prefix(one); });
  vary([&](ChunkKey& k) { k.context = CompileContext::Prefix(two); });
  CHECK(names.size() == variants);
  CHECK(MakeCommitRecord(*ObjectOf(identity, base)).Matches(base));
}

TEST_CASE("layer groups cover every layer once, small ones first") {
  ChunkIdentity identity = SmallIdentity();
  identity.geometry.layers = 30;
  identity.geometry.kv_heads = 3;
  identity.geometry.head_dim = 64;  // SmolLM-135M
  const auto groups = LayerGroups(MakeChunkShape(identity, 256));
  const std::vector<LayerGroup> expected = {{0, 1}, {1, 1},   {2, 2}, {4, 4},
                                            {8, 8}, {16, 10}, {26, 4}};
  CHECK(groups == expected);
  identity.geometry.kv_heads = 8;
  identity.geometry.head_dim = 128;
  identity.geometry.layers = 32;  // an 8B model: 1 MiB a layer
  for (const LayerGroup& group : LayerGroups(MakeChunkShape(identity, 256)))
    CHECK(group.count <= 2);
  for (int layers = 1; layers < 80; ++layers) {
    identity.geometry.layers = layers;
    const ChunkShape shape = MakeChunkShape(identity, 17);
    int next = 0;
    size_t bytes = 0;
    for (const LayerGroup& group : LayerGroups(shape)) {
      CHECK(group.first == next);
      CHECK(group.count > 0);
      next += group.count;
      bytes += shape.group_bytes(group);
    }
    CHECK(next == layers);
    CHECK(bytes == shape.bytes());
  }
}

struct Rows {
  std::vector<float> k, v;
};

float AsBf16(float x) { return std::bit_cast<float>(std::bit_cast<uint32_t>(x) & 0xffff0000u); }

Rows RandomRows(const ChunkShape& shape, Rng& rng, float (*round)(float)) {
  Rows rows;
  const size_t n = shape.row_elements() * static_cast<size_t>(shape.tokens);
  for (size_t i = 0; i < n; ++i) {
    rows.k.push_back(round(static_cast<float>(rng.Unit() - 0.5) * 8));
    rows.v.push_back(round(static_cast<float>(rng.Unit() - 0.5)));
  }
  return rows;
}

// Builds an object in pieces of `piece` rows and reads every layer back.
std::vector<Rows> RoundTrip(const ChunkShape& shape, const std::vector<Rows>& layers, int piece) {
  ChunkBuilder builder(shape);
  for (int first = 0; first < shape.tokens; first += piece) {
    CHECK(!builder.complete());
    const int count = std::min(piece, shape.tokens - first);
    const size_t at = static_cast<size_t>(first) * shape.row_elements();
    const size_t n = static_cast<size_t>(count) * shape.row_elements();
    for (size_t l = 0; l < layers.size(); ++l) {
      CHECK(builder
                .AddRows(static_cast<int>(l), std::span(layers[l].k).subspan(at, n),
                         std::span(layers[l].v).subspan(at, n), count)
                .ok());
    }
  }
  CHECK(builder.complete());
  const auto payloads = builder.TakeGroups();
  const auto groups = LayerGroups(shape);
  CHECK(payloads.size() == groups.size());
  std::vector<Rows> back;
  for (size_t g = 0; g < groups.size(); ++g) {
    for (int l = groups[g].first; l < groups[g].first + groups[g].count; ++l) {
      const LayerRows rows = RowsOfLayer(shape, groups[g], l, payloads[g].bytes);
      Rows out = layers[0];
      rows.WidenK(0, shape.tokens, out.k);
      rows.WidenV(0, shape.tokens, out.v);
      back.push_back(std::move(out));
    }
  }
  return back;
}

bool SameBits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

TEST_CASE("raw payloads give back the bits, whatever the pieces") {
  ChunkIdentity identity = SmallIdentity();
  Rng rng(1);
  for (const KvType type : {KvType::kBf16, KvType::kF32}) {
    identity.geometry.type = type;
    const ChunkShape shape = MakeChunkShape(identity, 19);
    CHECK(shape.lossless());
    std::vector<Rows> layers;
    for (int l = 0; l < 7; ++l) {
      layers.push_back(RandomRows(
          shape, rng, type == KvType::kBf16 ? AsBf16 : +[](float x) { return x; }));
    }
    layers[3].k[5] = -0.0f;
    layers[3].v[6] = std::numeric_limits<float>::infinity();
    layers[3].v[7] = std::numeric_limits<float>::quiet_NaN();
    for (const int piece : {1, 5, 19}) {
      const auto back = RoundTrip(shape, layers, piece);
      for (size_t l = 0; l < layers.size(); ++l) {
        CHECK(SameBits(back[l].k, layers[l].k));
        CHECK(SameBits(back[l].v, layers[l].v));
      }
    }
  }
}

TEST_CASE("rows that were not rounded to the KV type are refused") {
  const ChunkShape shape = MakeChunkShape(SmallIdentity(), 1);
  std::vector<float> row(shape.row_elements(), 1.0f), unrounded = row;
  unrounded[3] = 0.1f;
  ChunkBuilder builder(shape);
  CHECK(builder.AddRows(0, row, row, 1).ok());
  CHECK(builder.AddRows(1, row, unrounded, 1).code() == StatusCode::kInvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(builder.AddRows(0, row, row, 1)), InvariantFailure);
  CHECK_THROWS_AS(static_cast<void>(builder.AddRows(7, row, row, 1)), InvariantFailure);
  CHECK_THROWS_AS(builder.TakeGroups(), InvariantFailure);
}

TEST_CASE("int8 rounds by at most half a step, and says that it is not lossless") {
  ChunkIdentity identity = SmallIdentity();
  identity.codec = ChunkCodec::kInt8;
  const ChunkShape shape = MakeChunkShape(identity, 9);
  CHECK(!shape.lossless());
  CHECK(shape.bytes() < MakeChunkShape(SmallIdentity(), 9).bytes());
  Rng rng(2);
  std::vector<Rows> layers;
  for (int l = 0; l < 7; ++l) layers.push_back(RandomRows(shape, rng, AsBf16));
  const auto back = RoundTrip(shape, layers, 4);
  double worst = 0;
  for (size_t l = 0; l < layers.size(); ++l) {
    for (size_t i = 0; i < layers[l].k.size(); i += 8) {
      float most = 0;
      for (size_t j = i; j < i + 8; ++j) most = std::max(most, std::fabs(layers[l].k[j]));
      for (size_t j = i; j < i + 8; ++j) {
        const double error = std::fabs(layers[l].k[j] - back[l].k[j]);
        worst = std::max(worst, error);
        CHECK(error <= 0.5001 * static_cast<double>(most) / 127);
      }
    }
  }
  CHECK(worst > 0);  // it is approximate: the shape must say so
  ChunkBuilder builder(shape);
  std::vector<float> row(shape.row_elements() * 9, std::numeric_limits<float>::infinity());
  CHECK(builder.AddRows(0, row, row, 9).code() == StatusCode::kInvalidArgument);
}

TEST_CASE("what an int8 pool holds comes back exactly") {
  ChunkIdentity identity = SmallIdentity();
  identity.geometry.type = KvType::kInt8;
  const ChunkShape shape = MakeChunkShape(identity, 64);
  CHECK(shape.lossless());
  Rng rng(3);
  std::vector<Rows> layers(7);
  for (Rows& rows : layers) {
    for (size_t head = 0; head < 64 * 2; ++head) {  // any scale, one value at the limit
      const float scale =
          static_cast<float>(std::ldexp(0.5 + rng.Unit(), static_cast<int>(rng.Below(20)) - 14));
      for (int i = 0; i < 8; ++i) {
        const int q = i == 5 ? -127 : static_cast<int>(rng.Below(255)) - 127;
        rows.k.push_back(static_cast<float>(q) * scale);
        rows.v.push_back(static_cast<float>(-q) * scale);
      }
    }
  }
  const auto back = RoundTrip(shape, layers, 64);
  for (size_t l = 0; l < layers.size(); ++l) {
    for (size_t i = 0; i < layers[l].k.size(); ++i) REQUIRE(back[l].k[i] == layers[l].k[i]);
    for (size_t i = 0; i < layers[l].v.size(); ++i) REQUIRE(back[l].v[i] == layers[l].v[i]);
  }
}

TEST_CASE("a record that is cut off or has one other bit is corrupt") {
  const ChunkIdentity identity = SmallIdentity();
  const auto object = ObjectOf(identity, KeyOf(identity, 5, 2));
  const ChunkName name = NameOf(object->key);
  const auto groups = LayerGroups(object->shape);
  const auto header = MakeGroupHeader(name, object->shape, groups[1], object->groups[1].bytes);
  std::vector<std::byte> record(header.begin(), header.end());
  record.insert(record.end(), object->groups[1].bytes.begin(), object->groups[1].bytes.end());
  const auto check = [&](std::span<const std::byte> bytes) {
    return CheckGroupRecord(bytes, name, object->shape, groups[1]).status().code();
  };
  CHECK(check(record) == StatusCode::kOk);
  for (size_t n = 0; n < record.size(); ++n) {
    CHECK(check(std::span(record).first(n)) == StatusCode::kCorruption);
  }
  for (size_t bit = 0; bit < 8 * record.size(); ++bit) {
    record[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    CHECK(check(record) == StatusCode::kCorruption);
    record[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
  }
  // Another group of the same object, the same group of another object.
  CHECK(!CheckGroupRecord(record, name, object->shape, groups[0]).ok());
  CHECK(!CheckGroupRecord(record, NameOf(KeyOf(identity, 6, 2)), object->shape, groups[1]).ok());

  const CommitRecord commit = MakeCommitRecord(*object);
  std::string bytes = EncodeCommitRecord(commit);
  CHECK(ParseCommitRecord(Bytes(bytes)).value() == commit);
  for (size_t n = 0; n < bytes.size(); ++n) {
    CHECK(!ParseCommitRecord(Bytes(bytes).first(n)).ok());
  }
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    CHECK(ParseCommitRecord(Bytes(bytes)).status().code() == StatusCode::kCorruption);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
}

// docs/FORMATS.md: a reader of another build must see the same bytes.
TEST_CASE("records have the bytes that the format says") {
  const ChunkIdentity identity = SmallIdentity();
  const auto object = ObjectOf(identity, KeyOf(identity, 5, 2));
  const auto groups = LayerGroups(object->shape);
  const GroupHeader h =
      MakeGroupHeader(NameOf(object->key), object->shape, groups[2], object->groups[2].bytes);
  const auto u16 = [&](size_t at) {
    return static_cast<unsigned>(h[at]) | static_cast<unsigned>(h[at + 1]) << 8;
  };
  CHECK(std::memcmp(h.data(), "LMPG", 4) == 0);
  CHECK(u16(4) == kChunkFormatVersion);
  CHECK(u16(6) == 64);
  CHECK(u16(8) == object->groups[2].bytes.size());
  CHECK(std::memcmp(h.data() + 24, NameOf(object->key).bytes.data(), 16) == 0);
  CHECK(u16(40) == 2);  // tokens
  CHECK(u16(44) == 2);  // first layer
  CHECK(u16(46) == 2);  // layers
  CHECK(u16(48) == 2);  // KV heads
  CHECK(u16(50) == 8);  // head dimension
  CHECK(u16(52) == 1);  // bf16, raw
  CHECK(u16(54) == 0);  // K is not rotated
  const std::string commit = EncodeCommitRecord(MakeCommitRecord(*object));
  CHECK(commit.substr(0, 4) == "LMPC");
  CHECK(commit.size() == 168 + 8 * groups.size() + 8);
}

}  // namespace
}  // namespace lmp::cache
