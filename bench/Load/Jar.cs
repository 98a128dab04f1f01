namespace Load;

/// <summary>Cookies of one browser, which visits one host only.</summary>
internal sealed class Jar
{
    private readonly Dictionary<string, string> cookies = [];

    public string Header => string.Join("; ", cookies.Select(cookie => $"{cookie.Key}={cookie.Value}"));

    public void Keep(Answer answer)
    {
        foreach (var line in answer.Headers("Set-Cookie"))
        {
            var pair = line.Split(';', 2)[0].Split('=', 2);
            if (pair is not [var name, { Length: > 0 } value]) cookies.Remove(pair[0]);
            else if (line.Contains("expires=Thu, 01 Jan 1970", StringComparison.OrdinalIgnoreCase)) cookies.Remove(name);
            else cookies[name] = value;
        }
    }
}
