using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace IdP.Audit;

/// <summary>The end of the chain of audit entries: one row, the lock of which makes one node at a time its sealer.</summary>
public sealed class AuditChain
{
    public const int OnlyId = 1;

    public int Id { get; set; } = OnlyId;

    /// <summary>Of the newest entry in the chain; 0 when there is none.</summary>
    public long Number { get; set; }

    /// <summary><see cref="AuditEntry.ChainHash"/> of that entry; 32 zero bytes before the first.</summary>
    public byte[] Hash { get; set; } = new byte[SHA256.HashSizeInBytes];

    /// <summary>The private key that signs checkpoints and certificates (P-256, PKCS #8), encrypted with the provider's key ring.</summary>
    public required string ProtectedKey { get; set; }

    /// <summary>
    /// What an entry adds to the chain: a digest of all that is stored of it, personal values in their encrypted form, and of the digest before. So nothing can be changed, taken out, put in or moved
    /// unnoticed, and the key of a person can be destroyed without any entry changing. Each field with its length before it, so that nothing can move from one into the next.
    /// </summary>
    public static byte[] Link(byte[] previous, long number, AuditEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        AppendNumber(hash, number);
        hash.AppendData(entry.Id.ToByteArray(bigEndian: true));
        AppendNumber(hash, (entry.At.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond); // what both databases keep
        Append(hash, Bytes(entry.Action));
        Append(hash, entry.ActorId?.ToByteArray(bigEndian: true));
        Append(hash, Bytes(entry.Source));
        Append(hash, Bytes(entry.TargetType));
        Append(hash, Bytes(entry.TargetId));
        Append(hash, Bytes(entry.Details));
        Append(hash, Bytes(entry.RemoteAddress));
        Append(hash, Bytes(entry.TraceId));
        Append(hash, entry.SealedDetails);
        Append(hash, entry.SealedAddress);
        return hash.GetHashAndReset();
    }

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private static void Append(IncrementalHash hash, byte[]? value)
    {
        AppendNumber(hash, value?.Length ?? -1);
        if (value is not null) hash.AppendData(value);
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }
}

/// <summary>The chain at one moment, signed: whoever makes a chain of their own from there on lacks the key.</summary>
public sealed class AuditCheckpoint
{
    /// <summary>Of the newest entry then.</summary>
    public long Number { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>A JWS (RFC 7515) of number, digest and time.</summary>
    public required string Statement { get; set; }
}

internal static class AuditChainMapping
{
    public static void AddAuditChain(this ModelBuilder model)
    {
        model.Entity<AuditChain>(chain =>
        {
            chain.ToTable("AuditChains");
            chain.Property(c => c.Id).ValueGeneratedNever();
        });
        model.Entity<AuditCheckpoint>(checkpoint =>
        {
            checkpoint.ToTable("AuditCheckpoints");
            checkpoint.HasKey(c => c.Number);
            checkpoint.Property(c => c.Number).ValueGeneratedNever();
        });
    }
}
