using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MaxMind.Db;

namespace IdP.Risk;

/// <summary>Where an address is, as far as anybody knows.</summary>
/// <param name="Radius">Kilometres by which the file says it may be wrong.</param>
public readonly record struct Place(double Latitude, double Longitude, double Radius)
{
    private const double EarthRadius = 6371;

    /// <summary>Along the surface, without what may be wrong about both ends.</summary>
    public double CertainKilometresTo(Place other)
    {
        var (from, to) = (double.DegreesToRadians(Latitude), double.DegreesToRadians(other.Latitude));
        var (byLatitude, byLongitude) = (Math.Sin((to - from) / 2), Math.Sin(double.DegreesToRadians(other.Longitude - Longitude) / 2));
        var haversine = (byLatitude * byLatitude) + (Math.Cos(from) * Math.Cos(to) * byLongitude * byLongitude);
        return Math.Max(0, (2 * EarthRadius * Math.Asin(Math.Min(1, Math.Sqrt(haversine)))) - Radius - other.Radius);
    }
}

/// <summary>A file in MaxMind DB format (version 2.0 of its specification), read into memory: the file itself may be replaced at any time.</summary>
public sealed class AddressFacts
{
    /// <summary>So many entries are looked through for one that says what the file is read for.</summary>
    private const int Looked = 1000;

    private readonly Reader _reader;

    private AddressFacts(Reader reader) => _reader = reader;

    /// <exception cref="InvalidDataException">It is no such file, or holds no places; the message is half a sentence.</exception>
    public static AddressFacts ReadPlaces(string path) => Read(path, "places", facts => PlaceIn(facts) is not null);

    /// <exception cref="InvalidDataException">It is no such file, or holds no autonomous systems; the message is half a sentence.</exception>
    public static AddressFacts ReadSystems(string path) => Read(path, "autonomous systems", facts => SystemIn(facts) is not null);

    /// <summary>Null for what the file does not know.</summary>
    public Place? PlaceOf(IPAddress address) => PlaceIn(Find(address));

    /// <summary>City and country, as far as the file knows them, in this language where it has it and otherwise in English; null when it knows neither.</summary>
    public string? NameOf(IPAddress address, string language)
    {
        var facts = Find(address);
        string[] names = [.. ((string[])["city", "country"]).Select(what => NameIn(facts?.GetValueOrDefault(what), language)).OfType<string>()];
        return names.Length == 0 ? null : string.Join(", ", names);
    }

    /// <summary>Its number; null for what the file does not know.</summary>
    public long? SystemOf(IPAddress address) => SystemIn(Find(address));

    private static AddressFacts Read(string path, string what, Func<Dictionary<string, object>?, bool> isIt)
    {
        try
        {
            var reader = new Reader(path, FileAccessMode.Memory);
            return reader.FindAll<Dictionary<string, object>>().Take(Looked).Any(entry => isIt(entry.Data)) ? new(reader) : throw new InvalidDataException($"holds no {what}");
        }
        // A damaged file makes the library read past its end.
        catch (Exception exception) when (exception is InvalidDatabaseException or DeserializationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("is no file in MaxMind DB format, or damaged", exception);
        }
    }

    /// <summary>Damage that was not met when the file was read makes an address unknown, and nobody's sign-in fail.</summary>
    private Dictionary<string, object>? Find(IPAddress address)
    {
        if (_reader.Metadata.IPVersion == 4 && address.AddressFamily is not AddressFamily.InterNetwork) return null;
        try
        {
            return _reader.Find<Dictionary<string, object>>(address);
        }
        catch (Exception exception) when (exception is InvalidDatabaseException or DeserializationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            return null;
        }
    }

    private static Place? PlaceIn(Dictionary<string, object>? facts) =>
        facts?.GetValueOrDefault("location") is Dictionary<string, object> location && Number(location, "latitude") is { } latitude && Number(location, "longitude") is { } longitude ? new(latitude, longitude, Number(location, "accuracy_radius") ?? 0) : null;

    private static long? SystemIn(Dictionary<string, object>? facts) => Number(facts, "autonomous_system_number") is { } number ? (long)number : null;

    private static string? NameIn(object? part, string language) => part is Dictionary<string, object> place && place.GetValueOrDefault("names") is Dictionary<string, object> names
        ? (names.FirstOrDefault(name => name.Key == language || name.Key.StartsWith(language + "-", StringComparison.Ordinal)).Value ?? names.GetValueOrDefault("en")) as string : null;

    private static double? Number(Dictionary<string, object>? facts, string name) => facts?.GetValueOrDefault(name) is IConvertible number and not string ? number.ToDouble(CultureInfo.InvariantCulture) : null;
}
