using System.ComponentModel.DataAnnotations;
using System.Net;

namespace IdP.Protocol.Outbound;

/// <summary>Section <c>OutboundHttp</c>: requests to addresses that clients registered (key sets, sector identifiers, logos, sign-out messages) and to other providers.</summary>
public sealed class OutboundHttpOptions : IValidatableObject
{
    /// <summary>
    /// Networks (CIDR, such as <c>10.20.0.0/16</c>) that may be called although they are not public, there also without https. Default none: only
    /// public addresses are called.
    /// </summary>
    public IReadOnlyList<string> AllowedNetworks { get; set; } = [];

    /// <summary>How long one request may take in all, from the name's resolution to the last byte. Default 5 seconds, at most 1 minute.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest answer that is read, in bytes. Default 100000. Logos have a limit of their own (<c>AppLogos:MaxBytes</c>).</summary>
    [Range(1000, 10_000_000)]
    public int MaxResponseBytes { get; set; } = 100_000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var network in AllowedNetworks)
            if (!IPNetwork.TryParse(network, out _))
                yield return new($"OutboundHttp:AllowedNetworks contains '{network}', which is no network such as 10.20.0.0/16 or fd00:20::/32.");
        if (Timeout < TimeSpan.FromMilliseconds(100) || Timeout > TimeSpan.FromMinutes(1))
            yield return new("OutboundHttp:Timeout must be between 0.1 seconds and 1 minute.");
    }
}
