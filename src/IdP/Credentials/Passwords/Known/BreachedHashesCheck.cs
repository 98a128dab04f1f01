using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords.Known;

/// <summary>A list that is missing, in disorder or something else stops the start: later nobody would notice that it finds nothing.</summary>
internal sealed class BreachedHashesCheck : IValidateOptions<PasswordRuleOptions>
{
    public ValidateOptionsResult Validate(string? name, PasswordRuleOptions options)
    {
        if (string.IsNullOrEmpty(options.BreachedHashesPath)) return ValidateOptionsResult.Success;
        try
        {
            using var hashes = BreachedHashes.Open(options.BreachedHashesPath, options.BreachedMinCount);
            return ValidateOptionsResult.Success;
        }
        catch (InvalidDataException exception)
        {
            return ValidateOptionsResult.Fail($"Passwords:BreachedHashesPath: {options.BreachedHashesPath} {exception.Message}.");
        }
    }
}
