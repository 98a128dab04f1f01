using System.Globalization;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace IdP.Data;

/// <summary>PostgreSQL's timestamptz takes only UTC, so instants are normalized on the way in.</summary>
internal sealed class UtcConverter() : ValueConverter<DateTimeOffset, DateTimeOffset>(at => at.ToUniversalTime(), at => at.ToUniversalTime());

/// <summary>SQLite has no instant type: a fixed-width UTC text sorts and compares as the instant does, and is readable.</summary>
internal sealed class UtcTextConverter() : ValueConverter<DateTimeOffset, string>(
    at => at.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture),
    text => DateTimeOffset.ParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal))
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
}
