using System.Globalization;
using System.Text.RegularExpressions;
using IdP.Organizations;

namespace IdP.Federation;

/// <summary>
/// Reads the domain of an e-mail address that somebody else wrote. Only the plain form is one (RFC 5322 3.4.1: dot-atom): what can be read in two ways, by quotes, comments, a second @ or letters that
/// look like others, is no address of any domain.
/// </summary>
internal static partial class MailDomain
{
    private const int MaxAddress = 254, MaxLocal = 64;
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>The address with its domain as it is compared, and that domain: in small letters and punycode.</summary>
    public static (string Address, string Domain)? Read(string? address)
    {
        if (address is not { Length: <= MaxAddress } || address.IndexOf('@') is var at && (at is < 1 or > MaxLocal || at != address.LastIndexOf('@'))) return null;
        var (local, domain) = (address[..at], ToAscii(address[(at + 1)..]));
        return Local().IsMatch(local) && domain is not null && OrganizationRules.IsDomain(domain) ? ($"{local}@{domain}", domain) : null;
    }

    private static string? ToAscii(string domain)
    {
        if (domain.All(char.IsAscii)) return domain.ToLowerInvariant();
        try
        {
            // Wide, mathematical and other letters are turned into plain ones on the way; only a name that comes back as it was means the one domain.
            var ascii = Idn.GetAscii(domain);
            return Idn.GetUnicode(ascii) == domain ? ascii.ToLowerInvariant() : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*\z")]
    private static partial Regex Local();
}
