"""What the name of a column says of the personal data in it, in the main European languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synthdiff.codecs.personal.lexicon import fold

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+|\d+")

PHRASES: dict[str, str] = {
    "email": """
        email, e mail, mail, courriel, correo, correo electronico, posta elettronica, epost, email address
    """,
    "phone": """
        phone, telephone, tel, telefon, telefono, telefone, mobile, mobil, cell, cellphone, handy, gsm, fax,
        movil, celular, cellulare, telefoon, telefonnummer, handynummer, mobilnummer, telefoonnummer,
        msisdn, whatsapp, puhelin, rufnummer, phonenumber, mobilenumber
    """,
    "first_name": """
        first name, firstname, fname, given name, givenname, forename, vorname, prenom, voornaam, fornavn,
        fornamn, imie, etunimi, jmeno, middle name
    """,
    "last_name": """
        last name, lastname, lname, surname, family name, familyname, nachname, familienname, nom de
        famille, apellido, apellidos, cognome, achternaam, sobrenome, apelido, etternavn, efternavn,
        efternamn, nazwisko, sukunimi, prijmeni, maiden name
    """,
    "name": """
        full name, fullname, nom complet, nombre completo, nome completo, nome e cognome, customer name,
        client name, patient name, employee name, manager name, contact name, person name, person, owner
        name, author name, cardholder, cardholder name, account holder, student name, teacher name, doctor
        name, passenger name, guest name, member name, sender name, recipient name, kundenname, mitarbeiter,
        ansprechpartner, kontoinhaber, beneficiary, payee, customername, employeename, contact person, naam,
        volledige naam, imie i nazwisko
    """,
    "weak_name": """
        name, customer, client, patient, employee, manager, contact, owner, author, holder, student,
        teacher, doctor, passenger, guest, member, sender, recipient, kunde, agent, supervisor, boss,
        reviewer, assignee, user, full, rep, representative, salesperson, seller, buyer, tenant, winner,
        player, lawyer, attorney, judge, sales rep, nombre, nome, nom, navn, namn, artist, director, actor,
        instructor, nurse, physician
    """,
    "street": """
        address, street, street address, addr, address line, adresse, anschrift, strasse, rue, direccion,
        calle, indirizzo, via, adres, straat, endereco, rua, adress, gata, gatuadress, ulica, osoite,
        domicilio, streetaddress, postal address, mailing address, home address, shipping address, billing
        address, adresa
    """,
    "company": """
        company, company name, firm, employer, organisation, organization, business name, firma,
        unternehmen, arbeitgeber, entreprise, societe, employeur, empresa, azienda, societa, bedrijf,
        foretag, companyname, corporation, raison sociale, ragione sociale, firmenname
    """,
    "url": """
        url, website, web site, homepage, web page, webpage, link, site web, sitio web, sito web, webseite
    """,
    "ip": """
        ip, ip address, ipaddress, ip addr, ipaddr, ipv4, ipv6, client ip, remote addr, ip adresse, adresse
        ip
    """,
    "user": """
        username, user name, login, login name, user login, handle, nickname, nick, screen name, screenname,
        benutzername, benutzer, nom utilisateur, nombre de usuario, usuario, nome utente, utente,
        gebruikersnaam, anvandarnamn, account name, twitter, twitter handle
    """,
    "iban": """
        iban, iban number, iban nr
    """,
    "card": """
        card number, card no, card nr, cardnumber, credit card, creditcard, cc number, cc num, ccnumber,
        debit card, kreditkarte, kreditkartennummer, kartennummer, carte bancaire, carte de credit, numero
        de tarjeta, tarjeta, carta di credito, credit card number, pan
    """,
    "national_id": """
        ssn, social security, social security number, national id, nationalid, nid, nino, national insurance
        number, passport, passport number, passport no, personal id, tax id, taxid, tin, cpf, nif, nie, dni,
        curp, pesel, personnummer, codice fiscale, bsn, cpr, steuer id, steuernummer,
        sozialversicherungsnummer, insee, numero de securite sociale, aadhaar, aadhar, drivers license,
        driver license, driving licence, license number, licence number, identity number, id card, id
        number, nhs number, personnr, fodselsnummer, henkilotunnus, reisepass, ausweisnummer, national
        insurance, medicare number
    """,
}
"""What a column may be called, by kind; phrases between commas."""
# What a column of words that some people are called is about, when it is not about people.
_OTHER = """
    city town village place location country county state province region district area neighborhood neighbourhood
    borough suburb ville ciudad citta stadt ort land pais paese product item article brand model make maker
    category type class group genre job occupation profession position role title department dept team club school
    college university airport station port species breed color colour material month day weekday season store
    shop branch campaign plan segment status gender sex marital religion race ethnicity language currency sport
    game song album movie film book file field variable column table host domain server hotel restaurant street
    drug medication disease diagnosis ingredient food wine nationality citizenship zone market industry sector
    event project course subject brand channel device browser os platform app page vessel ship car vehicle train
    line route stop
"""


_OF_PERSONS = """
    birth birthday birthdate dob gender sex age geburt geburtsdatum geschlecht alter naissance sexe nacimiento sexo edad
    nascita sesso nascimento geslacht leeftijd kon kjonn fodselsdato fodselsdag plec
"""


def heading_words(name: str) -> list[str]:
    """The words of a column's name, folded.

    Examples
    --------
    >>> heading_words("custFirstName_2"), heading_words("Straße")
    (['cust', 'first', 'name', '2'], ['strasse'])
    """
    plain = "".join(sign if sign.isascii() else fold(sign) for sign in name)
    return [fold(word) for word in _WORDS.findall(plain)]


_KNOWN = {kind: {tuple(phrase.split()) for phrase in words.split(",")} for kind, words in PHRASES.items()}


def named_kinds(name: str) -> set[str]:
    """The kinds of personal data that a column's name may announce; ``weak_name`` needs names in the cells.

    Examples
    --------
    >>> sorted(named_kinds("customer_email")), sorted(named_kinds("Last Name")), named_kinds("tell")
    (['email', 'weak_name'], ['last_name', 'weak_name'], set())
    """
    words = heading_words(name)
    runs = {tuple(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + 5, len(words) + 1))}
    return {kind for kind, phrases in _KNOWN.items() if phrases & runs}


def names_other(name: str) -> bool:
    """Say whether a column's name is that of things which may be called like people.

    Examples
    --------
    >>> [names_other(name) for name in ("City", "product_name", "employee name")]
    [True, True, False]
    """
    return not set(heading_words(name)).isdisjoint(_OTHER.split())


def describes_persons(names: Sequence[str]) -> bool:
    """Say whether the names of a table's columns are those of persons: one of them is a birth date, a sex or an age.

    Examples
    --------
    >>> describes_persons(["id", "name", "birth_date"]), describes_persons(["id", "name", "price"])
    (True, False)
    """
    persons = set(_OF_PERSONS.split())
    return any(persons & set(heading_words(name)) for name in names)
