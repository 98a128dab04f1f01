using System.Globalization;
using System.Security.Cryptography;
using IdP.Protocol.Outbound;

namespace IdP.Protocol.Logos;

/// <summary>What came of one attempt: an image to show, or the reason why there is none, in words for an administrator.</summary>
internal sealed record FetchedLogo(byte[]? Content, string? ContentType, string? Problem)
{
    public const string Accept = "image/png, image/jpeg, image/webp, image/gif";

    private const int MinSide = 16, MaxSide = 2048;

    /// <summary>The type is what the file is; what the site says about it counts for nothing, neither does a name that ends in .png.</summary>
    public static FetchedLogo From(OutboundAnswer answer, int maxBytes)
    {
        if (answer.IsRefused) return Refused("The address may not be called: it must be https and lead to a public host.");
        if (answer.Status is null) return Refused("The site gave no usable answer.");
        if (answer.Status is >= 300 and < 400) return Refused("The address redirects, which is not followed: give the image's own address.");
        if (answer.Status is not 200) return Refused(Text($"The site answered with status {answer.Status}."));
        if (answer.Content is not { } file) return Refused(Text($"The file is larger than {maxBytes / 1024} KiB."));
        if (RasterImage.Read(file) is not { } image) return Refused("The file is not a complete PNG, JPEG, WebP or GIF image.");
        if (image.IsAnimated) return Refused("The image moves: a still one is needed.");
        if (image.Width is < MinSide or > MaxSide || image.Height is < MinSide or > MaxSide)
            return Refused(Text($"The image has {image.Width} × {image.Height} pixels: each side must have {MinSide} to {MaxSide}."));
        return new(file, image.ContentType, null);
    }

    public string? Fingerprint => Content is null ? null : Convert.ToHexStringLower(SHA256.HashData(Content))[..32];

    private static FetchedLogo Refused(string problem) => new(null, null, problem);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
