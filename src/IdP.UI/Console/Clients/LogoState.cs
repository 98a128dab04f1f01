using System.Globalization;

namespace IdP.UI.Console.Clients;

/// <summary>How the fetching of a client's logo stands, in an administrator's words.</summary>
/// <param name="FetchedAt">Null when there is no image.</param>
/// <param name="LastError">Why the last attempt failed; null when it did not.</param>
public sealed record LogoState(string? Fingerprint, string? ContentType, DateTimeOffset? FetchedAt, int Failures, string? LastError, DateTimeOffset NextAttemptAt)
{
    /// <summary>What is wrong; null while all is well.</summary>
    public string? Problem => LastError is null ? null
        : string.Create(CultureInfo.InvariantCulture, $"The logo could not be fetched{(Failures > 1 ? $", {Failures} times in a row" : "")}. {LastError} {(FetchedAt is null ? "People see the first letter of the name instead." : "The image fetched before is shown.")} Next attempt {Time(NextAttemptAt)}.");

    /// <summary>A sentence for the field itself.</summary>
    public static string Describe(LogoState? state) => state switch
    {
        { FetchedAt: { } at, ContentType: { } type } => $"{Name(type)}, fetched {Time(at)}. It is looked at again now and then.",
        { LastError: not null } => "It could not be fetched, see above.",
        _ => "It is being fetched: look again in a moment.",
    };

    private static string Name(string type) => type switch { "image/png" => "PNG", "image/jpeg" => "JPEG", "image/webp" => "WebP", _ => "GIF" };

    private static string Time(DateTimeOffset at) => at.ToString("d MMM HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
