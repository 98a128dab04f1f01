using IdP.Protocol.Clients;
using IdP.Protocol.Token;
using IdP.Protocol.UserInfo;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Profiles;

/// <summary>
/// Which check of the request pipeline enforces which requirement. The start of the server proves that each requirement has one and that it is
/// switched on: a profile that nothing enforces would be worse than none.
/// </summary>
public sealed class ProfileFloor
{
    private static readonly Dictionary<string, OpenIddictServerHandlerDescriptor[]> Enforcing = new(StringComparer.Ordinal)
    {
        [OAuth21.ProofKey] = [RequireProofKey.Authorization, RequireProofKey.PushedAuthorization, ValidateVerifier.Descriptor, Exchange.ValidateCodeVerifier.Descriptor],
        [OAuth21.NoFrontChannelTokens] = [RefuseFrontChannelTokens.Authorization, RefuseFrontChannelTokens.PushedAuthorization],
        [OAuth21.NoPasswords] = [RefusePasswords.Descriptor],
        [OAuth21.SecureRedirects] = [RefusePlainRedirects.Authorization, RefusePlainRedirects.PushedAuthorization],
        [OAuth21.OneTimeRefreshTokens] = [RedeemToken.Descriptor, CommitTokens.Descriptor, ValidateTokenRow.Descriptor],
        [OAuth21.ExactRedirects] = [Authentication.ValidateClientRedirectUri.Descriptor, Authentication.ValidatePushedClientRedirectUri.Descriptor, Exchange.ValidateRedirectUri.Descriptor],
        [OAuth21.OneTimeCodes] = [RedeemToken.Descriptor, CommitTokens.Descriptor, ValidateTokenRow.Descriptor],
        [OAuth21.RegisteredAuthentication] = [ValidateAuthenticationMethod.Descriptor],
        [OAuth21.NoTokensInAddresses] = [RefuseTokenInAddress.Descriptor],
    };

    private readonly IOptionsMonitor<OpenIddictServerOptions> _options;

    public ProfileFloor(IServiceProvider services) => _options = (IOptionsMonitor<OpenIddictServerOptions>)services.GetService(typeof(IOptionsMonitor<OpenIddictServerOptions>))!; // the engine registers it

    /// <summary>Requirements of any profile that no check enforces, as <c>profile: requirement</c>; none in a sound build.</summary>
    public IReadOnlyList<string> Unenforced()
    {
        var switchedOn = _options.CurrentValue.Handlers.ToHashSet();
        return [.. from profile in Profiles.All
                   from requirement in profile.Requirements
                   where !Enforcing.TryGetValue(requirement.Id, out var checks) || checks.Length == 0 || !checks.All(switchedOn.Contains)
                   select $"{profile.Name}: {requirement.Id}"];
    }
}
