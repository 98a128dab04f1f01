using IdP.Protocol.Outbound;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords.Known;

/// <summary>
/// Asks a service that speaks the range protocol of Pwned Passwords: it is told five of forty hex digits and answers with every hash it has that begins so. It is never
/// worth a sign-in: no answer in time means not known, nothing is tried twice, and after a few failures it is left alone for a while.
/// </summary>
public sealed class BreachService(OutboundHttp http, IOptions<PasswordRuleOptions> options, TimeProvider clock, ILogger<BreachService> logger)
{
    private const int PrefixDigits = 5, MaxBytes = 512 * 1024;

    /// <summary>A padded answer looks as long as any other, so its length tells a listener nothing about the range.</summary>
    private static readonly KeyValuePair<string, string> AddPadding = new("Add-Padding", "true");

    private readonly RangeCache _cache = new(clock);
    private readonly ServiceRest _rest = new(clock);
    private readonly string _address = $"{options.Value.BreachService?.TrimEnd('/')}/range/";

    /// <summary>Whether there is one to ask.</summary>
    public bool IsOn => !string.IsNullOrEmpty(options.Value.BreachService);

    /// <summary>Whether it is left alone just now, because it has failed.</summary>
    public bool Rests => IsOn && _rest.IsOn;

    /// <summary>Whether it has this password; false too when it does not answer.</summary>
    public async Task<bool> ContainsAsync(byte[] sha1, CancellationToken ct)
    {
        if (!IsOn) return false;
        var hex = Convert.ToHexString(sha1);
        var (prefix, suffix) = (hex[..PrefixDigits], hex[PrefixDigits..]);
        return (_cache.Find(prefix) ?? await AskAsync(prefix, ct))?.Contains(suffix) ?? false;
    }

    private async Task<PasswordRange?> AskAsync(string prefix, CancellationToken ct)
    {
        if (!_rest.MayTry()) return null;
        var answer = await http.GetTextAsync(_address + prefix, AddPadding, options.Value.BreachServiceTimeout, MaxBytes, ct);
        if (answer.Body is { } body && PasswordRange.TryParse(body, options.Value.BreachedMinCount, out var range))
        {
            if (_rest.End()) Log.BreachServiceIsBack(logger);
            _cache.Add(prefix, range);
            return range;
        }

        // Who asks for time gets it at once; anything else may have been chance.
        var reason = answer.Body is null ? answer.Summary : "an answer in another format";
        if (_rest.Fail(answer.Status is 429 or 503 ? answer.RetryAfter ?? TimeSpan.Zero : null) is { } rest) Log.BreachServiceRests(logger, Math.Ceiling(rest.TotalSeconds), reason);
        return null;
    }
}
