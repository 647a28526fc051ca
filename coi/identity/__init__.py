"""What a code means: pure values that are right by construction, and the one way to read them from bytes."""

from coi.identity.badge import Badge as Badge
from coi.identity.coi_id import CoiId as CoiId
from coi.identity.compound import CompoundMessage as CompoundMessage
from coi.identity.compound import compose_isbt as compose_isbt
from coi.identity.contents import Contents as Contents
from coi.identity.contents import human as human
from coi.identity.contents import summary as summary
from coi.identity.gs1 import Gs1Message as Gs1Message
from coi.identity.gs1 import compose_gs1 as compose_gs1
from coi.identity.house import HouseCode as HouseCode
from coi.identity.isbt128 import DonationNumber as DonationNumber
from coi.identity.isbt128 import Isbt as Isbt
from coi.identity.isbt128 import ProductCode as ProductCode
from coi.identity.match import Accepted as Accepted
from coi.identity.match import Foreign as Foreign
from coi.identity.match import Missing as Missing
from coi.identity.match import NothingExpected as NothingExpected
from coi.identity.match import Refused as Refused
from coi.identity.match import Unreadable as Unreadable
from coi.identity.match import Verdict as Verdict
from coi.identity.match import compare as compare
from coi.identity.piece_id import PieceId as PieceId
from coi.identity.plain import PlainLabel as PlainLabel
from coi.identity.read import Value as Value
from coi.identity.read import classify as classify
from coi.identity.read import read as read
