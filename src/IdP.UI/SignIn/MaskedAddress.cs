using System.Globalization;

namespace IdP.UI.SignIn;

/// <summary>Enough of an address for its owner to know which it is, on a page that the password alone opens.</summary>
internal static class MaskedAddress
{
    public static string Of(string address)
    {
        var at = address.LastIndexOf('@');
        return at <= 0 ? "•••" : StringInfo.GetNextTextElement(address) + "•••" + address[at..];
    }
}
