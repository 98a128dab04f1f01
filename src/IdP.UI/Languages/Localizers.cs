using IdP.Access;
using Microsoft.Extensions.Localization;

namespace IdP.UI.Languages;

public static class Localizers
{
    public static string Say(this IStringLocalizer texts, Text text) => texts[text.Key, text.Arguments];

    /// <summary>A refusal in the page's language, found by its code; one that nobody translated is said in the operation's own words.</summary>
    public static string Say(this IStringLocalizer<FailureTexts> texts, Failure failure) =>
        texts["Failure_" + failure.Code, [.. failure.Arguments]] is { ResourceNotFound: false } text ? text : failure.Message;

    /// <summary>An instant to the minute. Pages do not know where the person is, so it is in UTC and says so.</summary>
    public static string Time(this IStringLocalizer<LanguageTexts> texts, DateTimeOffset at) => at.ToUniversalTime().ToString(texts["Format_Time"], System.Globalization.CultureInfo.CurrentCulture);
}

/// <summary>The texts of refusals: <c>Failure_</c> and the code.</summary>
public sealed class FailureTexts;

/// <summary>What every page has.</summary>
public sealed class LanguageTexts;
