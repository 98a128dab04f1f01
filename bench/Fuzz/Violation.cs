using System.Globalization;
using System.Text;

namespace Fuzz;

/// <summary>A request that the server answered wrongly, as small as it could be made.</summary>
internal sealed record Violation(int Number, string Problem, FuzzRequest Request, Answer? Answer, string Host)
{
    public void Print(TextWriter output)
    {
        output.WriteLine($"VIOLATION in request {Number} ({Request.Name}): {Problem}");
        output.WriteLine("  --- request, smallest that fails");
        output.WriteLine(Indented(Readable(Request.ToBytes(Host), 6000)));
        if (Answer is null) return;
        output.WriteLine("  --- answer");
        output.WriteLine(Indented($"{Answer.Status}\n{string.Join('\n', Answer.Headers.Select(h => h.Key + ": " + h.Value))}\n\n{(Answer.Body.Length > 1500 ? Answer.Body[..1500] + "…" : Answer.Body)}"));
    }

    private static string Indented(string text) => "    " + text.Replace("\n", "\n    ", StringComparison.Ordinal);

    /// <summary>As it could be typed into <c>printf</c>: everything that cannot be seen is escaped.</summary>
    private static string Readable(byte[] bytes, int most)
    {
        var text = new StringBuilder();
        foreach (var b in bytes.AsSpan(0, Math.Min(bytes.Length, most)))
            if (b is (byte)'\n') text.Append('\n');
            else if (b is (byte)'\r') text.Append("");
            else if (b is >= 0x20 and < 0x7f) text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        return bytes.Length > most ? text.Append(CultureInfo.InvariantCulture, $"… ({bytes.Length} bytes)").ToString() : text.ToString();
    }
}

/// <summary>Takes away what is not needed for the failure.</summary>
internal static class Shrinking
{
    private const int MaxTries = 400;

    public static FuzzRequest Shrink(FuzzRequest request, Func<FuzzRequest, bool> stillFails)
    {
        var tries = 0;
        bool Try(FuzzRequest candidate)
        {
            if (tries++ >= MaxTries || !stillFails(candidate)) return false;
            request = candidate;
            return true;
        }

        for (var progress = true; progress && tries < MaxTries;)
        {
            progress = false;
            foreach (var simpler in (Action<FuzzRequest>[])[r => r.Form = null, r => r.Body = null, r => r.ContentType = null, r => r.Framing = Framing.Right, r => r.Version = "HTTP/1.1", r => r.Query.Clear(), r => r.Headers.Clear()])
            {
                var candidate = request.Clone();
                simpler(candidate);
                if (!candidate.ToBytes("h").AsSpan().SequenceEqual(request.ToBytes("h"))) progress |= Try(candidate);
            }
            foreach (var list in (Func<FuzzRequest, List<Part>?>[])[r => r.Query, r => r.Form, r => r.Headers])
                for (var i = (list(request)?.Count ?? 0) - 1; i >= 0; i--)
                {
                    var without = request.Clone();
                    list(without)!.RemoveAt(i); // the same list as in the request it was copied from
                    if (Try(without))
                    {
                        progress = true;
                        continue;
                    }
                    progress |= ShortenValue(list, i);
                }
            if (request.Body is { Length: > 1 } body)
                foreach (var half in (string[])[body[..(body.Length / 2)], body[(body.Length / 2)..]])
                {
                    var candidate = request.Clone();
                    candidate.Body = half;
                    progress |= Try(candidate);
                }
        }
        return request;

        bool ShortenValue(Func<FuzzRequest, List<Part>?> list, int i)
        {
            var value = list(request)![i].Value;
            if (value.Length < 2) return false;
            foreach (var half in (string[])[value[..(value.Length / 2)], value[(value.Length / 2)..]])
            {
                var candidate = request.Clone();
                list(candidate)![i] = list(candidate)![i] with { Value = half };
                if (Try(candidate)) return true;
            }
            return false;
        }
    }
}
