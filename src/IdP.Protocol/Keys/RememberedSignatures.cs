using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Keys;

/// <summary>
/// Verifies with one public key, and remembers what it found to be signed: an API asks about the same token again and again, and that the same bytes bear the same signature
/// never changes. Whether the token still counts is asked elsewhere, each time. One for each key, so what a key signed is forgotten with the key.
/// </summary>
internal sealed class RememberedSignatures : CryptoProviderFactory
{
    /// <summary>Signatures remembered at least; twice as many at most, 32 bytes each.</summary>
    internal const int Capacity = 4096;

    private readonly Lazy<Verifier> _verifier;

    public RememberedSignatures(AsymmetricSecurityKey key, string algorithm) => _verifier = new(() => new Verifier(key, algorithm));

    public override SignatureProvider CreateForVerifying(SecurityKey key, string algorithm) => CreateForVerifying(key, algorithm, cacheProvider: true);

    public override SignatureProvider CreateForVerifying(SecurityKey key, string algorithm, bool cacheProvider) =>
        ReferenceEquals(key, _verifier.Value.Key) && algorithm == _verifier.Value.Algorithm ? _verifier.Value : base.CreateForVerifying(key, algorithm, cacheProvider);

    public override void ReleaseSignatureProvider(SignatureProvider signatureProvider)
    {
        if (!ReferenceEquals(signatureProvider, _verifier.Value)) base.ReleaseSignatureProvider(signatureProvider);
    }

    /// <summary>Lives as long as the key: nobody else disposes of it.</summary>
    private sealed class Verifier(AsymmetricSecurityKey key, string algorithm) : SignatureProvider(key, algorithm)
    {
        private readonly AsymmetricSignatureProvider _inner = new(key, algorithm, willCreateSignatures: false);
        private ConcurrentDictionary<Digest, byte> _young = new();
        private ConcurrentDictionary<Digest, byte> _old = new();

        public override bool Verify(byte[] input, byte[] signature) => Verify(input, 0, input.Length, signature, 0, signature.Length);

        public override bool Verify(byte[] input, int inputOffset, int inputLength, byte[] signature, int signatureOffset, int signatureLength)
        {
            var digest = Digest.Of(input.AsSpan(inputOffset, inputLength), signature.AsSpan(signatureOffset, signatureLength));
            if (_young.ContainsKey(digest)) return true;
            if (!_old.ContainsKey(digest) && !_inner.Verify(input, inputOffset, inputLength, signature, signatureOffset, signatureLength)) return false;

            // Two halves that take turns: what was asked for lately survives, and nothing keeps an order.
            if (_young.Count >= Capacity) (_old, _young) = (_young, new());
            _young[digest] = 0;
            return true;
        }

        public override byte[] Sign(byte[] input) => throw new NotSupportedException("This provider only verifies.");

        protected override void Dispose(bool disposing)
        {
        }
    }

    /// <summary>SHA-256 of what is signed, with its length so that no other division of the same bytes has the same digest, and the signature.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Digest(UInt128 First, UInt128 Second)
    {
        public static Digest Of(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(BitConverter.GetBytes(input.Length));
            hash.AppendData(input);
            hash.AppendData(signature);
            Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
            hash.GetHashAndReset(bytes);
            return MemoryMarshal.Read<Digest>(bytes);
        }
    }
}
