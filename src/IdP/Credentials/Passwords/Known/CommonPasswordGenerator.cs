namespace IdP.Credentials.Passwords.Known;

/// <summary>
/// Makes the list of <see cref="CommonPasswords"/> from words and habits written down here, the same on every machine. Words are taken alone, in pairs of favourites and
/// with what people put before and after them; keyboards, alphabet and digits give the walks over them.
/// </summary>
internal static class CommonPasswordGenerator
{
    private const int FirstYear = 1980, LastYear = 2030, FirstOfToday = 2018, MinWalk = 4;

    private static readonly string[] Words = Split("""
        password passwort passwd pass passphrase passcode secret private login logon signin welcome hello letmein openup opensesame changeme changeit change default temp temporary test testing tester
        testtest admin administrator root sysadmin system user guest demo master owner manager support service helpdesk office company business server database backup network internet wireless
        computer laptop desktop windows keyboard monitor printer security secure access account bank money dollar gold silver diamond platinum crystal love lover loveme iloveyou iloveu ihateyou loveyou
        baby babygirl babyboy angel princess prince queen king sunshine sunflower flower rose daisy lily violet butterfly rainbow unicorn dragon phoenix tiger lion panther eagle falcon hawk raven
        wolf bear horse pony puppy doggy kitten kitty monkey panda dolphin shark turtle rabbit bunny cookie cupcake chocolate candy cheese pizza burger banana apple cherry peach orange lemon
        pepper ginger vanilla coffee whisky vodka beer summer winter spring autumn january february march april may june july august september october november december monday tuesday
        wednesday thursday friday saturday sunday morning night midnight holiday vacation christmas easter birthday family mother father mommy daddy sister brother friend friends bestfriend forever always never
        nothing whatever anything something everything freedom liberty peace hope faith grace jesus christ heaven blessed lucky happy smile beautiful gorgeous handsome pretty cutie sweet sweetie honey
        darling sexy naughty crazy killer hunter shooter sniper ranger warrior soldier captain pirate ninja samurai knight wizard magic mystery shadow ghost demon devil vampire zombie monster
        superman batman spiderman ironman hulk wonderwoman starwars startrek matrix pokemon pikachu mario zelda sonic minecraft fortnite football soccer baseball basketball hockey tennis golf rugby cricket swimming
        running fishing hunting racing skater surfer biker guitar piano music dance dancer rockstar metal hiphop jordan liverpool arsenal chelsea barcelona realmadrid juventus bayern milan london
        paris berlin madrid rome lisbon amsterdam warsaw tokyo beijing shanghai newyork chicago dallas boston texas california florida america canada england germany france spain italy poland holland
        portugal brazil mexico india china japan australia google facebook twitter instagram youtube amazon microsoft android iphone samsung nokia sony nissan toyota honda ferrari porsche mercedes mustang harley
        yamaha kawasaki michael jennifer jessica thomas charlie daniel ashley matthew andrew joshua anthony robert william james john david richard joseph george edward steven brandon justin nicole
        amanda melissa michelle stephanie elizabeth sarah samantha hannah emily olivia sophia isabella charlotte alexander alexandra benjamin nathan jacob tyler austin dakota maggie buster bailey rocky buddy
        max bella lucy molly oliver oscar felix simba tigger snoopy garfield mickey minnie shannon patrick chris martin peter paul mark anna maria laura julia andrea sandra claudia sabrina natalie
        vanessa victoria veronica valentina gabriel rafael carlos miguel antonio francesco alessandro giuseppe giovanni marco matteo lorenzo nicolas antoine camille sebastian florian stefan andreas markus kevin
        hallo willkommen geheim kennwort schatz liebe ichliebedich sommer fruehling frühling herbst montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar juni juli oktober dezember fussball
        hund katze maus pferd blume sonne stern engel schule arbeit firma familie mama papa deutschland muenchen münchen hamburg bonjour bienvenue motdepasse secretaire soleil amour jetaime monamour doudou
        loulou chouchou chocolat football marseille bretagne vacances printemps automne hiver vendredi dimanche hola bienvenido contrasena contraseña clave secreto teamo tequiero miamor corazon estrella princesa
        mariposa primavera verano otono otoño invierno lunes viernes domingo argentina colombia ciao benvenuto parola segreto tiamo amore amoremio stella principessa farfalla estate inverno venerdi domenica juventus napoli roma
        ola bemvindo senha segredo euteamo amor querida brasil benfica sporting flamengo corinthians palmeiras verao verão outono sexta welkom wachtwoord geheim liefde ajax feyenoord zomer winter lente herfst vrijdag zondag
        oranje nederland witaj haslo hasło tajne kocham kochamcie kochanie polska warszawa krakow lato zima jesien wiosna piatek niedziela konichiwa konnichiwa arigato sakura aishiteru naruto doraemon
        nihao woaini woaiwojia mima mimama aini zhongguo beijing admincn privet parol lyubov natasha nastya marina dima
        """);

    /// <summary>The words that people also put together.</summary>
    private static readonly string[] Favourites = Split("""
        password pass admin root user test welcome hello secret master love baby angel princess sunshine flower dragon tiger wolf summer winter happy lucky star money king queen monkey dog cat
        red blue green black white super mega cool sexy crazy rock big little my our the good bad best one two new old
        """);

    private static readonly string[] Rows =
    [
        "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "abcdefghijklmnopqrstuvwxyz", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю",
    ];

    /// <summary>Keyboards as their rows lie under each other.</summary>
    private static readonly string[][] Keyboards =
    [
        ["1234567890", "qwertyuiop", "asdfghjkl;", "zxcvbnm,./"], ["1234567890", "qwertzuiop", "asdfghjklö", "yxcvbnm,.-"], ["1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn,;:!"],
    ];

    private static readonly string[] Before = ["my", "the", "our", "ilove", "i love ", "love", "big", "super", "new", "old", "mr", "miss", "dj", "12345", "123456"];

    private static readonly string[] After =
    [
        "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "54321", "654321", "11111", "111111", "00000", "123!@#", "!@#123", "!@#$%", "1234!", "12345!", "123456!", "1234@", "@1234", "#1234", "_1234", "-1234", ".1234",
        "@12345", "@123456", "qwerty", "abc", "abc123", "123abc", "xyz", "asdf", "me", "you", "girl", "boy", "man", "baby", "forever", "4ever", "4life", "isthebest", "rules", "rocks", "lover", "s", "s1", "s123", "e1", "e123", "er", "y",
    ];

    /// <summary>The list: the first bytes of each entry's hash, in order.</summary>
    public static byte[] Generate() => [.. Entries().Select(CommonPasswords.KeyOf).Distinct(StringComparer.Ordinal)
        .Select(key => Convert.ToHexString(CommonPasswords.PrefixOf(key))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).SelectMany(Convert.FromHexString)];

    private static IEnumerable<string> Entries()
    {
        foreach (var word in Words.Concat(Favourites))
        {
            yield return word;
            yield return word + word;
            yield return new string([.. word.Reverse()]);
            foreach (var before in Before) yield return before + word;
            foreach (var after in After) yield return word + after;
            foreach (var year in Years(FirstYear)) yield return word + year + "!";
            foreach (var year in Years(FirstOfToday))
                foreach (var sign in "-_.@#") yield return word + sign + year;
        }
        foreach (var first in Favourites)
            foreach (var second in Favourites) yield return first + second;
        foreach (var walk in Rows.SelectMany(Walks).Concat(Keyboards.SelectMany(Patches)))
        {
            yield return walk;
            yield return walk + walk;
        }
    }

    private static IEnumerable<string> Years(int first) => Enumerable.Range(first, LastYear - first + 1).Select(year => year.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Straight on over a row, from anywhere to anywhere, there or back, and there and back.</summary>
    private static IEnumerable<string> Walks(string row)
    {
        for (var start = 0; start < row.Length; start++)
            for (var length = MinWalk - 1; start + length <= row.Length; length++)
            {
                var there = row.Substring(start, length);
                var back = new string([.. there.Reverse()]);
                yield return there;
                yield return back;
                yield return there + back;
                yield return there + there[..^1];
            }
    }

    /// <summary>Several rows or columns from the same corner, each in the same or in the other direction, and two rows key by key.</summary>
    private static IEnumerable<string> Patches(string[] rows)
    {
        foreach (var start in Enumerable.Range(0, rows[0].Length - 1))
            foreach (var width in Enumerable.Range(2, Math.Min(5, rows[0].Length - start) - 1))
            {
                var columns = Enumerable.Range(start, width).ToList();
                foreach (var depth in Enumerable.Range(2, rows.Length - 1))
                    foreach (var top in Enumerable.Range(0, rows.Length - depth + 1))
                    {
                        var patch = rows.Skip(top).Take(depth).ToList();
                        yield return string.Concat(patch.Select(row => row.Substring(start, width)));
                        yield return string.Concat(patch.AsEnumerable().Reverse().Select(row => row.Substring(start, width)));
                        yield return string.Concat(columns.Select(column => string.Concat(patch.Select(row => row[column]))));
                        yield return string.Concat(columns.Select(column => string.Concat(patch.Select(row => row[column]).Reverse())));
                        yield return string.Concat(columns.Select((column, i) => string.Concat(i % 2 == 0 ? patch.Select(row => row[column]) : patch.Select(row => row[column]).Reverse())));
                    }
            }
        // 1q2w3e4r and q1w2e3r4, abc123 and their like.
        foreach (var length in Enumerable.Range(2, rows[0].Length - 1))
        {
            var digits = rows[0][..length];
            foreach (var letters in rows.Skip(1).Append("abcdefghij").Select(row => row[..length]))
            {
                yield return string.Concat(digits.Zip(letters, (d, l) => $"{d}{l}"));
                yield return string.Concat(digits.Zip(letters, (d, l) => $"{l}{d}"));
                yield return letters + digits;
                yield return digits + letters;
            }
            yield return rows[1][..length] + "123";
            yield return "123" + rows[1][..length];
        }
    }

    private static string[] Split(string words) => words.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
